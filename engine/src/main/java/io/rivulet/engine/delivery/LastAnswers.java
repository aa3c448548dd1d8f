package io.rivulet.engine.delivery;

import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Safe for all threads: a concurrent map. For which clients messages were sent over one connection:
 * should that be lost, so may be these ({@link io.rivulet.engine.Engine#endRenewal}).
 *
 * <p>Whoever asks for more for a client has what was sent for it before, and hands it on: that is
 * in doubt for a moment only. What is not confirmed so may have been lost long before anybody
 * notices.
 */
public final class LastAnswers {
  /** What arrived is handed on within this. */
  static final Duration HANDED_ON = Duration.ofSeconds(3);

  /** A client that was not asked for again for so long has left. */
  private static final Duration FORGET_AFTER = Duration.ofHours(1);

  private static final int LOOK_BEYOND = 64;

  private record Answer(long nanos, boolean isConfirmed) {}

  /**
   * Immutable.
   *
   * @param within for how long back
   */
  public record Doubt(Set<String> clients, Duration within) {}

  private final Clock clock;
  private final ConcurrentMap<String, Answer> answers = new ConcurrentHashMap<>(2);

  /** Above this number it is looked whether some can be forgotten. */
  private volatile int lookAbove = LOOK_BEYOND;

  public LastAnswers(Clock clock) {
    this.clock = clock;
  }

  /** Messages were sent for a client, leased for as long as it lives. */
  public void answered(String clientId) {
    answers.put(clientId, new Answer(clock.nanos(), false));
    if (answers.size() > lookAbove) {
      forget();
      lookAbove = LOOK_BEYOND + 2 * answers.size();
    }
  }

  /** Messages are asked for, for a client: what was sent before has arrived. */
  public void asked(String clientId) {
    Answer last = answers.get(clientId);
    if (last != null && !last.isConfirmed) {
      answers.replace(clientId, last, new Answer(last.nanos, true));
    }
  }

  /** The connection is lost: whose messages may be so as well. */
  public Doubt doubt() {
    Set<String> doubted = new HashSet<>();
    long now = clock.nanos();
    long longest = HANDED_ON.toNanos();
    for (Map.Entry<String, Answer> each : answers.entrySet()) {
      if (isOpen(each.getValue(), now)) {
        doubted.add(each.getKey());
        // The grant is a little older than its answer.
        long ago = now - each.getValue().nanos + Duration.ofSeconds(1).toNanos();
        longest = Math.max(longest, ago);
      }
    }
    return new Doubt(doubted, Duration.ofNanos(longest));
  }

  private static boolean isOpen(Answer answer, long now) {
    long ago = now - answer.nanos;
    return ago <= (answer.isConfirmed ? HANDED_ON : FORGET_AFTER).toNanos();
  }

  private void forget() {
    long now = clock.nanos();
    answers.values().removeIf(each -> !isOpen(each, now));
  }
}
