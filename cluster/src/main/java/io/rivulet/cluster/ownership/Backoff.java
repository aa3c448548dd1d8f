package io.rivulet.cluster.ownership;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Owned by the ownership thread. When to try again what has failed: later each time. */
final class Backoff {
  private static final long FIRST_NANOS = Duration.ofMillis(100).toNanos();
  private static final long LAST_NANOS = Duration.ofSeconds(5).toNanos();

  private static final long FORGIVEN_NANOS = Duration.ofMinutes(1).toNanos();

  private final RandomGenerator random;
  private int failures;
  private long failedNanos;
  private long notBeforeNanos = Long.MIN_VALUE;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  void failed(long nowNanos) {
    long delay = Math.min(LAST_NANOS, FIRST_NANOS << Math.min(failures, 10));
    failures++;
    failedNanos = nowNanos;
    // At random between half and all of it, so that not all nodes try at once.
    notBeforeNanos = nowNanos + delay / 2 + random.nextLong(delay / 2);
  }

  void succeeded() {
    failures = 0;
    notBeforeNanos = Long.MIN_VALUE;
  }

  /** Failures are forgotten after a while without another one. */
  void forgive(long nowNanos) {
    if (failures > 0 && nowNanos - failedNanos > FORGIVEN_NANOS) {
      succeeded();
    }
  }

  int failures() {
    return failures;
  }

  boolean isOver(long nowNanos) {
    return notBeforeNanos == Long.MIN_VALUE || nowNanos - notBeforeNanos >= 0;
  }
}
