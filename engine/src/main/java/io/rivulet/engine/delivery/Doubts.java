package io.rivulet.engine.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: a lock, held for a few steps. Clients that may never have got what one part
 * has leased to them, until that part renews it no more ({@link Returns}).
 *
 * <p>Doubts of one client merge while they wait. What is in doubt is measured back from when it is
 * carried out, so it is granted longer ago at each try; what the part has granted meanwhile is in
 * doubt with it, and a part that refuses this grants hardly anything.
 *
 * <p>When exactly it was carried out nobody knows: a part that moves takes it seconds after it was
 * asked, and then it did not reach back far enough. So it is done only if it would have reached
 * back far enough when its answer came; else it is asked again, with that time added.
 */
final class Doubts {
  /** Clients beyond these are given up at once. */
  static final int MAX_CLIENTS = 100_000;

  /** Up to so many seconds they are told as they are; beyond, in steps that double. */
  private static final long EXACT_SECONDS = 60;

  /** Whoever waits longer for an answer is told that none comes. */
  private static final Duration MOST_PATIENCE = Duration.ofMinutes(1);

  private static final Duration LEAST_PATIENCE = Duration.ofMillis(100);

  private static final Logger log = LoggerFactory.getLogger(Doubts.class);

  /**
   * Immutable.
   *
   * @param sinceNanos what was granted from then on is in doubt
   * @param toldNanos when it was told of last
   */
  private record Doubt(long sinceNanos, long toldNanos) {
    Doubt and(Doubt other) {
      return new Doubt(
          Math.min(sinceNanos, other.sinceNanos), Math.max(toldNanos, other.toldNanos));
    }
  }

  private final BiFunction<Set<String>, Duration, CompletableFuture<Outcome<Integer>>> endRenewal;
  private final Clock clock;
  private final Returns.Timer timer;
  private final Duration longest;
  private final LongAdder givenUp;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Doubt> waiting = new HashMap<>();

  @GuardedBy("lock")
  private boolean isTimed;

  /** One after the other. */
  @GuardedBy("lock")
  private int failures;

  /** How long answers may take: longer than any of late, or nothing if they come at once. */
  @GuardedBy("lock")
  private long patienceNanos;

  /**
   * @param endRenewal of the part; never throws
   * @param longest a doubt is given up after so long: its leases have ended by themselves
   * @param givenUp counts these
   */
  Doubts(
      BiFunction<Set<String>, Duration, CompletableFuture<Outcome<Integer>>> endRenewal,
      Clock clock,
      Returns.Timer timer,
      Duration longest,
      LongAdder givenUp) {
    this.endRenewal = endRenewal;
    this.clock = clock;
    this.timer = timer;
    this.longest = longest;
    this.givenUp = givenUp;
  }

  /** Clients that wait for another try now. */
  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** What these clients were granted from then on may not have arrived. */
  void add(Set<String> clientIds, long sinceNanos) {
    Doubt doubt = new Doubt(sinceNanos, clock.nanos());
    Map<String, Doubt> all = new HashMap<>();
    clientIds.forEach(client -> all.put(client, doubt));
    boolean mayAsk;
    lock.lock();
    try {
      mayAsk = !isTimed;
    } finally {
      lock.unlock();
    }
    if (mayAsk) {
      ask(all);
    } else {
      // It refuses just now.
      keep(all, null);
    }
  }

  private void ask(Map<String, Doubt> all) {
    long now = clock.nanos();
    long patience = patience();
    Map<Duration, Map<String, Doubt>> byAge = new TreeMap<>();
    all.forEach((client, doubt) ->
        byAge
            .computeIfAbsent(within(now - doubt.sinceNanos + patience), _ -> new HashMap<>())
            .put(client, doubt));
    byAge.forEach((within, clients) -> {
      var _ =
          endRenewal
              .apply(Set.copyOf(clients.keySet()), within)
              .whenComplete((outcome, failure) -> {
                if (outcome != null && outcome.isOk()) {
                  carriedOut(clients, within, now);
                } else {
                  keep(clients, outcome == null ? failure : outcome);
                }
              });
    });
  }

  private long patience() {
    lock.lock();
    try {
      return patienceNanos;
    } finally {
      lock.unlock();
    }
  }

  /** Few steps, so that many clients make few questions. */
  private static Duration within(long ageNanos) {
    long seconds = Duration.ofNanos(Math.max(0, ageNanos) + 999_999_999).toSeconds();
    return Duration.ofSeconds(
        seconds <= EXACT_SECONDS ? seconds : 2 * Long.highestOneBit(seconds - 1));
  }

  /** It was, at some time since it was asked. */
  private void carriedOut(Map<String, Doubt> clients, Duration within, long askedNanos) {
    long now = clock.nanos();
    long tookNanos = now - askedNanos;
    Map<String, Doubt> left = new HashMap<>(clients);
    left.values().removeIf(doubt -> now - doubt.sinceNanos <= within.toNanos());
    lock.lock();
    try {
      if (!left.isEmpty()) {
        patienceNanos = Math.min(2 * tookNanos, MOST_PATIENCE.toNanos());
      } else if (2 * tookNanos < patienceNanos) {
        patienceNanos = patienceNanos < LEAST_PATIENCE.toNanos() ? 0 : patienceNanos / 2;
      }
      if (!isTimed) {
        failures = 0;
      }
    } finally {
      lock.unlock();
    }
    if (!left.isEmpty()) {
      keep(left, "the answer took " + Duration.ofNanos(tookNanos));
    }
  }

  private void keep(Map<String, Doubt> refused, @Nullable Object why) {
    long oldest = clock.nanos() - longest.toNanos();
    int over = 0;
    boolean begins;
    Duration pause = Duration.ZERO;
    lock.lock();
    try {
      for (Map.Entry<String, Doubt> each : refused.entrySet()) {
        boolean hasRoom = waiting.size() < MAX_CLIENTS || waiting.containsKey(each.getKey());
        if (each.getValue().toldNanos < oldest || !hasRoom) {
          over++;
        } else {
          waiting.merge(each.getKey(), each.getValue(), Doubt::and);
        }
      }
      begins = !isTimed && !waiting.isEmpty();
      if (begins) {
        isTimed = true;
        pause = Returns.pause(++failures);
      }
    } finally {
      lock.unlock();
    }
    if (over > 0) {
      givenUp.add(over);
      log.warn(
          "What {} clients were leased may never have reached them, and that it is renewed can't be"
              + " ended ({}): it comes again when they leave, or after engine.max-lease-time",
          over,
          why);
    }
    if (begins) {
      timer.after(pause, this::again);
    }
  }

  private void again() {
    Map<String, Doubt> all;
    lock.lock();
    try {
      isTimed = false;
      all = new HashMap<>(waiting);
      waiting.clear();
    } finally {
      lock.unlock();
    }
    ask(all);
  }
}
