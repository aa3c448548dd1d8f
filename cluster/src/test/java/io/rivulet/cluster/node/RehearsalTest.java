package io.rivulet.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.ledger.MemoryLedgerNode;
import io.rivulet.cluster.ledger.MemoryLedgers;
import io.rivulet.cluster.ledger.SimulatedTime;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class RehearsalTest {
  private static final Label LABEL = new Label(Use.LOG, 0, 0, 0);

  private final SimulatedTime time = new SimulatedTime();
  private final MemoryLedgers storage = new MemoryLedgers(time, new SplittableRandom(1));
  private final MemoryLedgerNode ledgers = storage.node("a");

  @Test
  void nothingIsLeftOfIt() {
    time.until(Rehearsal.once(ledgers, LABEL)).join();
    assertThat(time.until(ledgers.list()).join()).isEmpty();
  }

  @Test
  void whatGoesWrongMeanwhileLeavesNothingBehindEither() {
    CompletableFuture<Void> rehearsed = Rehearsal.once(ledgers, LABEL);
    time.pass(Duration.ofMillis(6));
    storage.setStorageNodes(1);
    assertThat(time.until(rehearsed)).isCompleted();
    assertThat(time.until(ledgers.list()).join()).isEmpty();
  }

  @Test
  void withoutTwoStorageNodesThereIsNone() {
    storage.setStorageNodes(1);
    Rehearsal.run(ledgers, time.clock(), Duration.ZERO);
    assertThat(time.until(ledgers.list()).join()).isEmpty();
  }
}
