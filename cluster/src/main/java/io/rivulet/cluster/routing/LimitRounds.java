package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.limit.Allotment;
import io.rivulet.engine.limit.LimitAsk;
import io.rivulet.engine.limit.LimitName;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread, the scheduler's; what others call only hands over. Asks the homes of limits
 * for the shards that are here. The home of a limit is a shard, by the hash of the limit's owner. A
 * shard that wants something is asked what, each home gets one question, and its answer, or that
 * there was none, goes back to the shard.
 */
final class LimitRounds {
  /** Between two rounds of a shard, however urgent. */
  private static final long LEAST_NANOS = Duration.ofMillis(20).toNanos();

  /** A home that has not answered for so long will not. */
  private static final Duration ANSWER_TIME = Duration.ofSeconds(1);

  /** A shard that could take no answer is told again. */
  private static final long TELL_AGAIN_MILLIS = 100;

  /** A shard that is not here after so many looks is not awaited. */
  private static final int MAX_MISSES = 600;

  private final Shards shards;
  private final Clock clock;
  private final ScheduledExecutorService thread;
  private final Map<Integer, Round> rounds = new HashMap<>();

  LimitRounds(Shards shards, Clock clock, ScheduledExecutorService thread) {
    this.shards = shards;
    this.clock = clock;
    this.thread = thread;
  }

  /** A shard that is here wants to be asked, after so many milliseconds. */
  void wanted(int shard, long delayMillis) {
    execute(() -> rounds.computeIfAbsent(shard, Round::new).wanted(delayMillis));
  }

  /** The end of the thread is the end of all rounds. */
  private void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // The node is being closed.
    }
  }

  private void after(long nanos, Runnable task) {
    try {
      var _ = thread.schedule(task, Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The node is being closed.
    }
  }

  /** Where count is kept of all limits of an owner. */
  static int homeOf(LimitName limit, int shards) {
    return (int) Long.remainderUnsigned(Hash.of(limit.owner()), shards);
  }

  /** Owned by the scheduler's thread. Of one shard. */
  private final class Round {
    private final int shard;
    private final String asker;
    private int misses;
    private long dueNanos = Long.MAX_VALUE;
    private long lastNanos = clock.nanos() - LEAST_NANOS;

    Round(int shard) {
      this.shard = shard;
      asker = "shard " + shard;
    }

    void wanted(long delayMillis) {
      long now = clock.nanos();
      long at = Math.max(now + delayMillis * 1_000_000, lastNanos + LEAST_NANOS);
      if (at < dueNanos) {
        dueNanos = at;
        after(at - now, this::run);
      }
    }

    private void run() {
      long now = clock.nanos();
      if (now < dueNanos) {
        if (dueNanos != Long.MAX_VALUE) {
          after(dueNanos - now, this::run);
        }
        return;
      }
      dueNanos = Long.MAX_VALUE;
      lastNanos = now;
      Engine engine = shards.local().get(shard);
      if (engine != null) {
        misses = 0;
        collect(engine);
      } else if (++misses <= MAX_MISSES) {
        // It is being opened, or is gone.
        wanted(TELL_AGAIN_MILLIS);
      } else {
        rounds.remove(shard, this);
      }
    }

    private void collect(Engine engine) {
      CompletableFuture<Outcome<List<LimitAsk>>> wants;
      try {
        wants = engine.wantedLimits();
      } catch (NotOwnerException moved) {
        return;
      }
      var _ =
          wants.whenComplete((asks, failure) ->
              execute(() -> {
                if (failure == null && asks instanceof Outcome.Ok<List<LimitAsk>>(var all)) {
                  ask(engine, all);
                } else if (failure == null) {
                  // The shard has too much to do: nobody else would come for what it wants.
                  wanted(TELL_AGAIN_MILLIS);
                }
              }));
    }

    private void ask(Engine engine, List<LimitAsk> asks) {
      Map<Integer, List<LimitAsk>> byHome = new HashMap<>();
      for (LimitAsk each : asks) {
        byHome
            .computeIfAbsent(homeOf(each.limit(), shards.count()), _ -> new ArrayList<>())
            .add(each);
      }
      byHome.forEach((home, part) -> {
        var _ =
            LimitRounds.ask(shards, home, asker, part)
                .thenAccept(answers -> execute(() -> tell(engine, answers)));
      });
    }

    private void tell(Engine engine, List<Allotment> answers) {
      CompletableFuture<Outcome<Integer>> told;
      try {
        told = engine.limitsAllotted(answers);
      } catch (NotOwnerException moved) {
        return;
      }
      var _ =
          told.whenComplete((outcome, failure) -> {
            if (failure == null && !outcome.isOk() && shards.local().containsKey(shard)) {
              after(TELL_AGAIN_MILLIS * 1_000_000, () -> tell(engine, answers));
            }
          });
    }
  }

  /** Asks a home; never fails: what was not answered is missed. */
  static CompletableFuture<List<Allotment>> ask(
      Shards shards, int home, String asker, List<LimitAsk> asks) {
    List<Allotment> missed = asks.stream().map(each -> Allotment.missed(each.limit())).toList();
    @Nullable Engine engine = shards.shard(home);
    if (engine == null) {
      return CompletableFuture.completedFuture(missed);
    }
    CompletableFuture<Outcome<List<Allotment>>> asked;
    try {
      asked = engine.allot(asker, asks);
    } catch (NotOwnerException moved) {
      return CompletableFuture.completedFuture(missed);
    }
    return asked
        .copy()
        .orTimeout(ANSWER_TIME.toMillis(), TimeUnit.MILLISECONDS)
        .handle((outcome, failure) ->
            failure == null && outcome instanceof Outcome.Ok<List<Allotment>>(var answers)
                ? answers
                : missed);
  }
}
