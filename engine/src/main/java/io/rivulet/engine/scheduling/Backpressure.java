package io.rivulet.engine.scheduling;

import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. When a topic takes no more messages because its slowest group is too far behind.
 *
 * <p>A topic at {@code maxBacklog} still takes messages of fairness keys that have less than an
 * equal share of it.
 *
 * @param maxBacklog messages of the whole topic; 0: without bound
 * @param maxKeyBacklog messages of one fairness key; 0: without bound
 * @param maxAge of the oldest message of the fairness key; empty: without bound
 * @param hold how long a send may be held for room before it is refused; zero: refused at once
 */
public record Backpressure(
    long maxBacklog, long maxKeyBacklog, Optional<Duration> maxAge, Duration hold) {
  /** Official clients give a send up after 3 s by default. */
  public static final Duration MAX_HOLD = Duration.ofMinutes(1);

  public static final Backpressure NONE = new Backpressure(0, 0, Optional.empty(), Duration.ZERO);

  public Backpressure {
    if (maxBacklog < 0 || maxKeyBacklog < 0) {
      throw new IllegalArgumentException(
          "a backlog limit is at least 1, or 0 for none, not "
              + Math.min(maxBacklog, maxKeyBacklog));
    }
    if (maxAge.isPresent() && maxAge.get().toMillis() < 1) {
      throw new IllegalArgumentException(
          "the age limit of a backlog is at least 1 ms, not " + maxAge.get());
    }
    if (hold.isNegative() || hold.compareTo(MAX_HOLD) > 0) {
      throw new IllegalArgumentException("a send is held for 0 s to 60 s, not " + hold);
    }
  }
}
