package io.rivulet.cluster.node;

import io.rivulet.cluster.checkpoint.OrphanCheckpoints;
import io.rivulet.cluster.ledger.OrphanLedgers;
import io.rivulet.cluster.ledger.Surroundings;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Safe for all threads: adders. Removes what deaths have left behind, if it is up to this node. */
final class OrphanSearch {
  private static final Logger logger = LoggerFactory.getLogger(OrphanSearch.class);

  private final OrphanLedgers ofLogs;
  private final OrphanCheckpoints ofCheckpoints;
  private final BooleanSupplier isUpToUs;
  private final LongAdder removedOfLogs = new LongAdder();
  private final LongAdder removedOfCheckpoints = new LongAdder();
  private final LongAdder failures = new LongAdder();

  OrphanSearch(Surroundings around, BooleanSupplier isUpToUs) {
    ofLogs = new OrphanLedgers(around);
    ofCheckpoints = new OrphanCheckpoints(around.ledgers(), around.records(), around.clock());
    this.isUpToUs = isUpToUs;
  }

  void look() {
    if (isUpToUs.getAsBoolean()) {
      count(ofLogs.remove(), "logs", removedOfLogs);
      count(ofCheckpoints.remove(), "checkpoints", removedOfCheckpoints);
    }
  }

  private void count(CompletableFuture<Integer> removing, String what, LongAdder removed) {
    var _ =
        removing.whenComplete((count, failure) -> {
          if (failure != null) {
            failures.increment();
            logger.info("Ledgers of {} that nobody knows of: {}", what, failure.toString());
          } else if (count > 0) {
            removed.add(count);
            logger.info("{} ledgers of {} that nobody knew of were removed", count, what);
          }
        });
  }

  ClusterFigures.Orphans counted() {
    return new ClusterFigures.Orphans(
        removedOfLogs.sum(), removedOfCheckpoints.sum(), failures.sum());
  }
}
