package io.rivulet.engine.time;

/**
 * Owned by the shard thread. Milliseconds since the epoch that never go back and do not jump: the
 * wall clock at start, carried on by the monotonic clock.
 *
 * <p>Deadlines are durable as these milliseconds. A wall clock that is set forward while the
 * process runs fires no timer early; one that is set back before a restart does not repeat time
 * that the log has seen ({@link #atLeast}).
 */
public final class ShardClock {
  private final Clock clock;
  private final long originNanos;
  private long originMillis;

  public ShardClock(Clock clock) {
    this.clock = clock;
    originNanos = clock.nanos();
    originMillis = clock.wallMillis();
  }

  public long millis() {
    return originMillis + (clock.nanos() - originNanos) / 1_000_000;
  }

  /** The log knows this time already: it is not earlier now. */
  public void atLeast(long millis) {
    long behind = millis - millis();
    if (behind > 0) {
      originMillis += behind;
    }
  }

  /** The wall clock, for times that people see. */
  public long wallMillis() {
    return clock.wallMillis();
  }

  /** Nanoseconds until {@link #millis} reaches the given time; at least 0. */
  public long nanosUntil(long millis) {
    long elapsedNanos = clock.nanos() - originNanos;
    return Math.max(0, (millis - originMillis) * 1_000_000 - elapsedNanos);
  }
}
