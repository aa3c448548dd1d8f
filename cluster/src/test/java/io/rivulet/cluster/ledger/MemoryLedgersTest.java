package io.rivulet.cluster.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.ledger.LedgerStore.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MemoryLedgersTest extends LedgerStoreContractTest {
  private static final Label LABEL = new Label(Use.LOG, 0, 1, 0);

  private final SimulatedTime time = new SimulatedTime();
  private final MemoryLedgers ledgers = new MemoryLedgers(time, new SplittableRandom(1));
  private final MemoryLedgerNode store = ledgers.node("a");
  private final MemoryLedgerNode other = ledgers.node("b");

  @Override
  protected LedgerStore store() {
    return store;
  }

  @Override
  protected LedgerStore other() {
    return other;
  }

  @Override
  protected <T> T get(CompletableFuture<T> future) {
    return time.until(future).join();
  }

  @Test
  void withTwoNodesALedgerIsHeldTwiceAndWithOneNothingIsWritten() {
    Writer three = get(store.create(LABEL));
    get(append(three, "a"));

    ledgers.setStorageNodes(2);
    Writer two = get(store.create(LABEL));
    get(append(three, "b"));
    assertThat(three.copies()).isEqualTo(2);
    assertThat(three.isMissingNode()).isTrue();
    assertThat(two.copies()).isEqualTo(2);
    assertThat(two.isMissingNode()).isFalse();
    ledgers.setStorageNodes(1);

    assertFails(Reason.NOT_ENOUGH_NODES, () -> get(store.create(LABEL)));
    assertFails(Reason.NOT_ENOUGH_NODES, () -> get(append(two, "c")));
    assertFails(Reason.NOT_ENOUGH_NODES, () -> get(other.recover(three.id())));
    assertThat(texts(three.reader(), 0, 1)).containsExactly("a", "b");
  }

  @Test
  void anAppendOfANodeThatIsCutOffFailsInTime() {
    Writer writer = get(store.create(LABEL));
    store.cutOff(true, true);

    CompletableFuture<Long> append = append(writer, "a");
    time.pass(Duration.ofSeconds(2));
    store.heal();

    assertFails(Reason.UNAVAILABLE, () -> get(append));
    assertFails(Reason.UNAVAILABLE, () -> get(append(writer, "b")));
    assertThat(ledgers.entries(writer.id())).isEmpty();
  }

  @Test
  void anAppendWhoseAnswerIsLostIsThereAfterRecovery() {
    Writer writer = get(store.create(LABEL));
    store.cutOff(false, true);

    assertFails(Reason.UNAVAILABLE, () -> get(append(writer, "a")));

    assertThat(texts(get(other.recover(writer.id())), 0, 0)).containsExactly("a");
  }

  @Test
  void aPausedNodeHearsOfItsFenceWhenItWakesUp() {
    Writer writer = get(store.create(LABEL));
    store.pause();
    CompletableFuture<Long> append = append(writer, "a");

    get(other.recover(writer.id()));
    time.pass(Duration.ofSeconds(9));
    assertThat(append).isNotDone();
    store.resume();

    assertThat(append).isDone();
    assertFails(Reason.FENCED, () -> get(append(writer, "b")));
  }

  @Test
  void sometimesWhatWasNotAcknowledgedSurvivesAndSometimesNot() {
    List<Long> survivors = new ArrayList<>();
    for (int seed = 0; seed < 100; seed++) {
      MemoryLedgers cloud = new MemoryLedgers(time, new SplittableRandom(seed));
      MemoryLedgerNode a = cloud.node("a");
      MemoryLedgerNode b = cloud.node("b");
      Writer writer = get(a.create(LABEL));
      var _ = append(writer, "a");
      var _ = append(writer, "b");
      survivors.add(get(b.recover(writer.id())).lastEntry() + 1);
    }

    assertThat(survivors).contains(0L, 1L, 2L);
  }

  @Test
  void aDeadNodeHearsOfNothing() {
    Writer writer = get(store.create(LABEL));
    CompletableFuture<Long> append = append(writer, "a");
    store.kill();

    time.pass(Duration.ofSeconds(9));

    assertThat(append).isNotDone();
    assertThat(ledgers.entries(writer.id())).hasSize(1);
  }

  @Test
  void aWriterLearnsNothingOfTheRemovalOfItsLedger() {
    Writer writer = get(store.create(LABEL));
    get(other.delete(writer.id()));

    assertThat(get(append(writer, "a"))).isZero();
    assertFails(Reason.NOT_FOUND, () -> get(other.recover(writer.id())));
  }
}
