package io.rivulet.cluster.node;

import io.rivulet.engine.EngineStats;
import io.rivulet.engine.time.Clock;

/** Owned by the thread that asks. What a shard had to do since it was asked for that last. */
final class LoadMeter {
  private final Clock clock;
  private long lastRecords;
  private long lastNanos;

  LoadMeter(Clock clock) {
    this.clock = clock;
    lastNanos = clock.nanos();
  }

  /** Appended records a second, of which one counts as several if it is larger than a kilobyte. */
  long perSecond(EngineStats stats) {
    long records = stats.appendedMessages() + (stats.appendedBytes() >> 10);
    long nanos = clock.nanos();
    long perSecond =
        (records - lastRecords) * 1_000_000_000L / Math.max(1_000_000L, nanos - lastNanos);
    lastRecords = records;
    lastNanos = nanos;
    return Math.max(0, perSecond);
  }
}
