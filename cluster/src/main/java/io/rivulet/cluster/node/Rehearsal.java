package io.rivulet.cluster.node;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.engine.time.Clock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What opening a shard's log asks of the storage nodes, done once with a ledger that nobody needs,
 * before this node takes shards: the first time takes the better part of a second, for classes that
 * are loaded, connections that are made and code that is not compiled yet, and a shard that moves
 * here would stand still for it. Without two storage nodes there is nothing to rehearse with.
 */
final class Rehearsal {
  private static final Logger logger = LoggerFactory.getLogger(Rehearsal.class);
  private static final int ENTRIES = 64;
  private static final int ENTRY_BYTES = 1024;
  private static final int NODES_TO_WRITE = 2;

  private Rehearsal() {}

  /**
   * Blocks until it is done, but not for long: what it leaves behind then is found among the
   * orphans.
   */
  static void run(LedgerStore ledgers, Clock clock, Duration most) {
    if (ledgers.writableNodes() < NODES_TO_WRITE) {
      return;
    }
    long beginNanos = clock.nanos();
    try {
      once(ledgers, new LedgerStore.Label(LedgerStore.Use.LOG, 0, 0, clock.wallMillis()))
          .get(most.toMillis(), TimeUnit.MILLISECONDS);
      logger.debug("Rehearsed in {} ms", (clock.nanos() - beginNanos) / 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      logger.info(
          "Storage could not be tried out; the first shard may take longer: {}", e.toString());
    }
  }

  /** Completes when the ledger is gone again, whatever went wrong with it. */
  static CompletableFuture<Void> once(LedgerStore ledgers, LedgerStore.Label label) {
    return ledgers
        .create(label)
        .thenCompose(writer ->
            append(writer)
                // As after a death: whoever wrote to it has not closed it.
                .thenCompose(_ -> ledgers.recover(writer.id()))
                .thenCompose(
                    reader -> reader.read(0, ENTRIES - 1L).whenComplete((_, _) -> reader.close()))
                .handle((_, _) -> writer.id()))
        .thenCompose(ledgers::delete);
  }

  private static CompletableFuture<Void> append(LedgerStore.Writer writer) {
    CompletableFuture<?>[] appended = new CompletableFuture<?>[ENTRIES];
    for (int i = 0; i < ENTRIES; i++) {
      appended[i] = writer.append(ByteBuffer.allocate(ENTRY_BYTES));
    }
    return CompletableFuture.allOf(appended);
  }
}
