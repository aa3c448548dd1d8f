package io.rivulet.cluster.ledger;

import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: volatile fields; its turns follow one another. Looks now and then whether a
 * storage node has begun anew with an empty disk, for then what it held must be copied.
 */
final class LostDiskWatch {
  private static final Logger logger = LoggerFactory.getLogger(LostDiskWatch.class);

  private static final Duration LOOK = Duration.ofMinutes(1);

  private final Surroundings around;
  private final OwnedRecord owned;
  private final Runnable distrust;
  private volatile long known;
  private volatile long nextNanos;

  /**
   * Makes one for a log.
   *
   * @param distrust takes all ledgers for held by too few nodes, and brings the record up to date
   */
  LostDiskWatch(Surroundings around, OwnedRecord owned, Runnable distrust) {
    this.around = around;
    this.owned = owned;
    this.distrust = distrust;
    known = owned.current().lostDisks();
    nextNanos = around.clock().nanos();
  }

  void turn() {
    if (around.clock().nanos() - nextNanos < 0) {
      return;
    }
    nextNanos = around.clock().nanos() + LOOK.toNanos();
    var _ =
        around
            .records()
            .lostDisks()
            .count()
            .thenAccept(count -> {
              if (count > known) {
                logger.info("{}: a storage node has lost its disk, all is copied", owned);
                known = count;
                distrust.run();
              }
            });
  }

  /** The record, with what it takes into account. */
  ShardRecord described(ShardRecord shardRecord) {
    return shardRecord.withLostDisks(known);
  }
}
