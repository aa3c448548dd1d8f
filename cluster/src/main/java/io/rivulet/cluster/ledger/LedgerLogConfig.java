package io.rivulet.cluster.ledger;

import java.time.Duration;

/**
 * Immutable. The settings of a log made of ledgers.
 *
 * @param rollBytes a ledger that holds so much is followed by a new one, 64 KiB to 16 GiB;
 *     retention frees room in units of it
 * @param rollAge a ledger whose first entry is so old is followed by a new one, 1 min to 30 d;
 *     shorter where retention by time must be exact
 * @param hotBytes memory of each shard for the newest entries but those above 512 KiB, 0 to 1 GiB;
 *     larger where consumers are often further behind
 * @param maxUnwrittenBytes of each shard that wait for enough nodes to have them, 4 MiB to 1 GiB;
 *     beyond it new messages are refused
 * @param nodePatience how long a storage node may be missing before the log goes on without it, and
 *     how long it waits between such changes, 1 s to 10 min
 * @param refillBytesPerSecond entries that too few storage nodes hold are copied no faster by each
 *     shard, 64 KiB to 1 GiB
 * @param holdLimit how long a shard that cannot write although enough nodes run waits before it
 *     gives itself up for another node to take over, 1 s to 10 min
 */
public record LedgerLogConfig(
    long rollBytes,
    Duration rollAge,
    int hotBytes,
    long maxUnwrittenBytes,
    Duration nodePatience,
    int refillBytesPerSecond,
    Duration holdLimit) {

  private static final int MIB = 1 << 20;
  private static final long GIB = 1L << 30;

  public LedgerLogConfig {
    check("cluster.log-roll-bytes", rollBytes, 64 << 10, 16 * GIB);
    check("cluster.log-hot-bytes", hotBytes, 0, GIB);
    check("cluster.log-max-unwritten-bytes", maxUnwrittenBytes, 4 * MIB, GIB);
    check("cluster.log-roll-age", rollAge, Duration.ofMinutes(1), Duration.ofDays(30));
    check("cluster.log-node-patience", nodePatience, Duration.ofSeconds(1), Duration.ofMinutes(10));
    check("cluster.log-refill-bytes-per-second", refillBytesPerSecond, 64 << 10, GIB);
    check("cluster.log-hold-limit", holdLimit, Duration.ofSeconds(1), Duration.ofMinutes(10));
  }

  public static LedgerLogConfig defaults() {
    return new LedgerLogConfig(
        256L * MIB,
        Duration.ofHours(1),
        8 * MIB,
        64L * MIB,
        Duration.ofSeconds(10),
        16 * MIB,
        Duration.ofSeconds(10));
  }

  public LedgerLogConfig withRollBytes(long newRollBytes) {
    return new LedgerLogConfig(
        newRollBytes,
        rollAge,
        hotBytes,
        maxUnwrittenBytes,
        nodePatience,
        refillBytesPerSecond,
        holdLimit);
  }

  public LedgerLogConfig withRollAge(Duration newRollAge) {
    return new LedgerLogConfig(
        rollBytes,
        newRollAge,
        hotBytes,
        maxUnwrittenBytes,
        nodePatience,
        refillBytesPerSecond,
        holdLimit);
  }

  public LedgerLogConfig withHotBytes(int newHotBytes) {
    return new LedgerLogConfig(
        rollBytes,
        rollAge,
        newHotBytes,
        maxUnwrittenBytes,
        nodePatience,
        refillBytesPerSecond,
        holdLimit);
  }

  public LedgerLogConfig withMaxUnwrittenBytes(long newMaxUnwrittenBytes) {
    return new LedgerLogConfig(
        rollBytes,
        rollAge,
        hotBytes,
        newMaxUnwrittenBytes,
        nodePatience,
        refillBytesPerSecond,
        holdLimit);
  }

  public LedgerLogConfig withHoldLimit(Duration newHoldLimit) {
    return new LedgerLogConfig(
        rollBytes,
        rollAge,
        hotBytes,
        maxUnwrittenBytes,
        nodePatience,
        refillBytesPerSecond,
        newHoldLimit);
  }

  public LedgerLogConfig withRefillBytesPerSecond(int newRefillBytesPerSecond) {
    return new LedgerLogConfig(
        rollBytes,
        rollAge,
        hotBytes,
        maxUnwrittenBytes,
        nodePatience,
        newRefillBytesPerSecond,
        holdLimit);
  }

  public LedgerLogConfig withNodePatience(Duration newNodePatience) {
    return new LedgerLogConfig(
        rollBytes,
        rollAge,
        hotBytes,
        maxUnwrittenBytes,
        newNodePatience,
        refillBytesPerSecond,
        holdLimit);
  }

  private static <T extends Comparable<T>> void check(String name, T value, T min, T max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; it must be between %s and %s".formatted(name, value, min, max));
    }
  }

  private static void check(String name, long value, long min, long max) {
    check(name, (Long) value, (Long) min, (Long) max);
  }
}
