package io.rivulet.engine.shard;

import io.rivulet.engine.log.CommitLog;
import java.util.random.RandomGenerator;

/**
 * Owned by the shard thread. Gives out ids that are never used twice.
 *
 * <p>Ids of topics, groups and queues are at least the log's end when they are given out, and each
 * is greater than the one before. A record that names an id is longer than one byte, so no id
 * overtakes the log's end for good: after a restart, even with nothing left but the log's last
 * segment, all ids that anybody has seen lie below the log's end. No high-water mark need be kept.
 * Where there are several shards, ids are so far apart as there are shards; there a batch moves the
 * log's end by more than all ids in it do.
 *
 * <p>Ids of leases are random, so that a receipt handle can't be guessed, nor fit a lease that was
 * made after a loss of the log's unsynced tail.
 */
final class Ids {
  private final CommitLog log;
  private final RandomGenerator random;
  private final ShardNumber number;
  private long last;

  Ids(CommitLog log, RandomGenerator random, ShardNumber number) {
    this.number = number;
    this.log = log;
    this.random = random;
  }

  long next() {
    last = number.idFrom(Math.max(last + 1, log.end() + 1));
    return last;
  }

  long logEnd() {
    return log.end();
  }

  /** Never beyond what the next owner finds. */
  long durableEnd() {
    return log.durableEnd();
  }

  long leaseSeed() {
    return Lease.withoutRepetition(random.nextLong());
  }
}
