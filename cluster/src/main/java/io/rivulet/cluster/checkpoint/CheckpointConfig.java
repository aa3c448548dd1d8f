package io.rivulet.cluster.checkpoint;

import java.time.Duration;

/**
 * Immutable. How checkpoints are stored and fetched, and what they may take.
 *
 * @param entryBytes size of the entries that files are cut into, 1 KiB to 1 MiB
 * @param entriesInFlight entries that are written, or read, at the same time, 1 to 64; more of them
 *     for storage that is far away
 * @param bytesPerSecond how fast files are stored, and fetched by standbys, by all shards of a node
 *     together, 1 MiB to 1 TiB; lower it if messages wait for the disk meanwhile, raise it if a
 *     checkpoint takes longer than the time between two of them
 * @param maxShardBytes what the checkpoints of one shard may take in ledgers, each copy of which is
 *     counted once, from 1 MiB. At the bound the older checkpoint goes first; then none is stored
 *     any more, the log is not trimmed, and a take-over replays more of it.
 * @param renewBytes of files that are stored already, but perhaps on too few storage nodes, as many
 *     are stored again with each checkpoint, one file at least, 1 MiB to 1 TiB; raise it if it
 *     takes too long until all are, lower it if checkpoints take too long meanwhile
 * @param verifyInterval time after which one more file that is stored already is read back, of
 *     those that a checkpoint shares with the one before, from 1 second
 * @param answerTime how long to wait for one answer of the storage nodes, 100 ms to 10 minutes
 */
public record CheckpointConfig(
    int entryBytes,
    int entriesInFlight,
    long bytesPerSecond,
    long maxShardBytes,
    long renewBytes,
    Duration verifyInterval,
    Duration answerTime) {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;

  public CheckpointConfig {
    check("entry-bytes", entryBytes, KIB, MIB);
    check("entries-in-flight", entriesInFlight, 1, 64);
    check("bytes-per-second", bytesPerSecond, MIB, 1L << 40);
    check("max-shard-bytes", maxShardBytes, MIB, Long.MAX_VALUE);
    check("renew-bytes", renewBytes, MIB, 1L << 40);
    check("verify-interval in ms", verifyInterval.toMillis(), 1000, Long.MAX_VALUE);
    check("answer-time in ms", answerTime.toMillis(), 100, 600_000);
  }

  public static CheckpointConfig defaults() {
    return new CheckpointConfig(
        MIB, 4, 32L * MIB, 64L << 30, 256L * MIB, Duration.ofMinutes(10), Duration.ofSeconds(60));
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "the %s of checkpoints is %d; it must be between %d and %d"
              .formatted(name, value, min, max));
    }
  }
}
