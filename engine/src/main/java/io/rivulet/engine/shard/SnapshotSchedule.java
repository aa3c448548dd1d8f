package io.rivulet.engine.shard;

import io.rivulet.engine.EngineStats;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotBounds;
import io.rivulet.engine.time.ShardClock;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Owned by the shard thread. Says when a snapshot of the index is due, so that whoever begins with
 * the newest one replays a bounded tail of the log.
 *
 * <p>A snapshot counts once it is stored, which may take long after it was made; what it does not
 * reflect is counted from when it was begun. The next one is not due before the last is stored, and
 * one that could not be stored is made anew after a while.
 */
final class SnapshotSchedule {
  private static final long RETRY_MILLIS = 30_000;

  /** Where the shard was when a snapshot was begun. */
  private record Mark(long position, long records, long bytes, long millis) {}

  private final SnapshotBounds bounds;
  private final Index index;
  private final LongSupplier records;
  private final LongSupplier bytes;
  private final ShardClock clock;

  private Mark begun;
  private Mark stored;
  private long storedCount;

  /**
   * Begins as if the newest snapshot had been made now, before anything is replayed.
   *
   * @param records of the log that were folded since the start
   * @param bytes of these, with those of bodies
   */
  SnapshotSchedule(
      SnapshotBounds bounds,
      Index index,
      LongSupplier records,
      LongSupplier bytes,
      ShardClock clock) {
    this.bounds = bounds;
    this.index = index;
    this.records = records;
    this.bytes = bytes;
    this.clock = clock;
    begun = mark(index.newestSnapshotPosition());
    stored = begun;
  }

  private Mark mark(long position) {
    return new Mark(position, records.getAsLong(), bytes.getAsLong(), clock.millis());
  }

  /** A snapshot that reflects the log up to its end is being made. */
  void begin(long logEnd) {
    begun = mark(logEnd);
  }

  /** Whether one that was wanted can be made now. */
  boolean isFree() {
    return !index.isStoringSnapshot();
  }

  boolean isDue(long logEnd) {
    if (!isFree()) {
      return false;
    }
    look();
    long passed = clock.millis() - begun.millis;
    if (!begun.equals(stored)) {
      return passed >= RETRY_MILLIS;
    }
    return logEnd > begun.position
        && (isReached(bounds.snapshotInterval().map(Duration::toMillis).orElse(0L), passed)
            || isReached(bounds.snapshotBytes(), bytes.getAsLong() - begun.bytes)
            || isReached(bounds.snapshotRecords(), records.getAsLong() - begun.records));
  }

  private static boolean isReached(long bound, long value) {
    return bound > 0 && value >= bound;
  }

  private void look() {
    if (!begun.equals(stored) && index.newestSnapshotPosition() >= begun.position) {
      stored = begun;
      storedCount++;
    }
  }

  EngineStats.Snapshots stats() {
    look();
    return new EngineStats.Snapshots(
        storedCount,
        index.newestSnapshotPosition(),
        records.getAsLong() - stored.records,
        clock.millis() - stored.millis);
  }
}
