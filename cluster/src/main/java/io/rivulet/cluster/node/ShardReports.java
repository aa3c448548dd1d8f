package io.rivulet.cluster.node;

import io.rivulet.cluster.checkpoint.CheckpointFigures;
import io.rivulet.cluster.checkpoint.CheckpointStore;
import io.rivulet.cluster.ledger.LedgerLog;
import io.rivulet.cluster.status.ShardReport;
import io.rivulet.engine.time.Clock;

/** Safe for all threads: no state. How a shard that is served here is. */
final class ShardReports {
  private ShardReports() {}

  static ShardReport of(int number, LedgerLog log, CheckpointStore checkpoints, Clock clock) {
    ShardReport.LogReport ofLog =
        new ShardReport.LogReport(
            log.copies(),
            log.heldFor().toMillis(),
            log.ledgers(),
            log.thinLedgers(),
            log.sizeBytes(),
            log.unwrittenBytes());
    CheckpointFigures figures = checkpoints.figures();
    long lag = log.bytesBetween(figures.position(), log.end());
    long age = figures.madeMillis() == 0 ? -1 : clock.wallMillis() - figures.madeMillis();
    return new ShardReport(
        number,
        log.owned().current().epoch(),
        ofLog,
        new ShardReport.CheckpointReport(
            figures.kept(),
            lag,
            lag == 0 ? 0 : age,
            figures.ledgers(),
            figures.ledgerBytes(),
            figures.thinLedgers()));
  }
}
