package io.rivulet.engine.index;

import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. After how much a snapshot of the index is made although the log is not trimmed, so
 * that whoever begins with the newest one replays a bounded tail. Whichever is reached first
 * counts; without any, snapshots are made for trimming alone.
 *
 * @param snapshotInterval time since the last one, if anything has changed, from 1 second; empty:
 *     time alone is no reason
 * @param snapshotBytes bytes of the log since the last one; 0: however many
 * @param snapshotRecords records of the log since the last one; 0: however many
 */
public record SnapshotBounds(
    Optional<Duration> snapshotInterval, long snapshotBytes, int snapshotRecords) {

  public SnapshotBounds {
    if (snapshotInterval.isPresent()
        && snapshotInterval.get().compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "a snapshot every " + snapshotInterval.get() + ": 1 second at least");
    }
    if (snapshotBytes < 0 || snapshotRecords < 0) {
      throw new IllegalArgumentException(
          "a snapshot every %d bytes or %d records: 0 or more"
              .formatted(snapshotBytes, snapshotRecords));
    }
  }

  /** For one process: its index is on its own disk, and a start replays little anyway. */
  public static SnapshotBounds none() {
    return new SnapshotBounds(Optional.empty(), 0, 0);
  }

  /** For several: another node that takes over replays what this many say in about a second. */
  public static SnapshotBounds replicated() {
    return new SnapshotBounds(Optional.of(Duration.ofMinutes(1)), 256L << 20, 500_000);
  }
}
