package io.rivulet.cluster.ledger;

import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: volatile fields, one of which is changed under the lock of the log, so that
 * no record says that a loss is known without saying what is to be copied for it. Looks now and
 * then whether a storage node has begun anew with an empty disk, for then what it held must be
 * copied.
 */
final class LostDiskWatch {
  private static final Logger logger = LoggerFactory.getLogger(LostDiskWatch.class);

  private static final Duration LOOK = Duration.ofMinutes(1);

  private final Surroundings around;
  private final OwnedRecord owned;
  private final Consumer<Runnable> distrust;
  private volatile long known;
  private volatile long nextNanos;

  /**
   * Makes one for a log.
   *
   * @param distrust takes all ledgers for held by too few nodes at the same time as what it is
   *     given takes note of that, and then brings the record up to date
   */
  LostDiskWatch(Surroundings around, OwnedRecord owned, Consumer<Runnable> distrust) {
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
                distrust.accept(() -> known = count);
              }
            });
  }

  /** The record, with what it takes into account. */
  ShardRecord described(ShardRecord shardRecord) {
    return shardRecord.withLostDisks(known);
  }
}
