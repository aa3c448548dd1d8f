package io.rivulet.cluster.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Listed;
import io.rivulet.cluster.ledger.LedgerStore.Reader;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.ledger.LedgerStore.Writer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every store of ledgers promises; a subclass gives two nodes' sights of the same one. */
abstract class LedgerStoreContractTest {
  private static final Label LABEL = new Label(Use.LOG, 7, 3, 1_767_225_600_000L);

  /** The ledgers as the node sees them that writes. */
  protected abstract LedgerStore store();

  /** The same ledgers as another node sees them. */
  protected abstract LedgerStore other();

  /** Waits for a future. */
  protected abstract <T> T get(CompletableFuture<T> future);

  @Test
  void entriesAreNumberedFromZeroAndCanBeReadByTheirWriter() {
    Writer writer = get(store().create(LABEL));

    assertThat(get(append(writer, "a"))).isZero();
    assertThat(get(append(writer, "bc"))).isEqualTo(1);

    Reader reader = writer.reader();
    assertThat(reader.id()).isEqualTo(writer.id());
    assertThat(reader.lastEntry()).isEqualTo(1);
    assertThat(reader.sizeBytes()).isEqualTo(3);
    assertThat(texts(reader, 0, 1)).containsExactly("a", "bc");
    assertThat(texts(reader, 1, 1)).containsExactly("bc");
  }

  @Test
  void whoPeeksSeesWhatIsKnownToBeAcknowledgedAndTheWriterGoesOn() {
    Writer writer = get(store().create(LABEL));
    get(append(writer, "a"));
    get(append(writer, "b"));

    Reader peeked = get(other().peek(writer.id()));

    assertThat(peeked.lastEntry()).isBetween(0L, 1L);
    assertThat(texts(peeked, 0, 0)).containsExactly("a");
    peeked.close();
    assertThat(get(append(writer, "c"))).isEqualTo(2);
    assertThatThrownBy(() -> get(other().peek(4_711))).hasMessageContaining("4711");
  }

  @Test
  void anEntryIsHeldThreeTimes() {
    assertThat(store().writableNodes()).isEqualTo(3);
    assertThat(get(store().create(LABEL)).copies()).isEqualTo(3);
    assertThat(store().isNearlyFull()).isFalse();
  }

  @Test
  void theCallerMayReuseItsBuffer() {
    Writer writer = get(store().create(LABEL));
    ByteBuffer buffer = ByteBuffer.allocateDirect(9).put(3, "abc".getBytes(UTF_8));
    buffer.position(3).limit(6);

    CompletableFuture<Long> appended = writer.append(buffer);
    buffer.put(3, "xyz".getBytes(UTF_8));
    get(appended);

    assertThat(texts(writer.reader(), 0, 0)).containsExactly("abc");
  }

  @Test
  void manyAppendsUnderWayCompleteInOrder() {
    Writer writer = get(store().create(LABEL));
    List<Long> completed = new ArrayList<>();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      all.add(
          append(writer, "entry " + i)
              .thenAccept(number -> {
                synchronized (completed) {
                  completed.add(number);
                }
              }));
    }

    all.forEach(this::get);

    assertThat(completed).hasSize(200).isSorted();
    assertThat(texts(writer.reader(), 198, 199)).containsExactly("entry 198", "entry 199");
  }

  @Test
  void aLargeEntryPasses() {
    Writer writer = get(store().create(LABEL));
    ByteBuffer large = ByteBuffer.allocate((2 << 20) - 1024).put(1_000_000, (byte) 42);

    get(writer.append(large));

    ByteBuffer read = get(writer.reader().read(0, 0)).getFirst();
    assertThat(read.remaining()).isEqualTo((2 << 20) - 1024);
    assertThat(read.get(1_000_000)).isEqualTo((byte) 42);
  }

  @Test
  void aLedgerThatHasEndedCanBeOpened() {
    Writer writer = get(store().create(LABEL));
    get(append(writer, "a"));
    get(append(writer, "bc"));
    get(writer.close());

    Reader reader = get(other().open(writer.id()));

    assertThat(reader.lastEntry()).isEqualTo(1);
    assertThat(reader.sizeBytes()).isEqualTo(3);
    assertThat(texts(reader, 0, 1)).containsExactly("a", "bc");
    reader.close();
  }

  @Test
  void aLedgerThatHasNotEndedCannotBeOpened() {
    Writer writer = get(store().create(LABEL));
    get(append(writer, "a"));

    assertFails(Reason.UNAVAILABLE, () -> get(other().open(writer.id())));
  }

  @Test
  void whoRecoversALedgerFencesItsWriter() {
    Writer writer = get(store().create(LABEL));
    get(append(writer, "a"));
    get(append(writer, "b"));

    Reader reader = get(other().recover(writer.id()));

    assertThat(reader.lastEntry()).isEqualTo(1);
    assertThat(texts(reader, 0, 1)).containsExactly("a", "b");
    assertFails(Reason.FENCED, () -> get(append(writer, "late")));
    assertFails(Reason.FENCED, () -> get(append(writer, "later")));
    assertThat(get(other().open(writer.id())).lastEntry()).isEqualTo(1);
  }

  @Test
  void whatIsUnderWayAtARecoveryIsThereIfItWasAcknowledged() {
    Writer writer = get(store().create(LABEL));
    List<CompletableFuture<Long>> appends = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      appends.add(append(writer, "entry " + i));
    }

    Reader reader = get(other().recover(writer.id()));

    long acknowledged = 0;
    for (CompletableFuture<Long> append : appends) {
      try {
        get(append);
        acknowledged++;
      } catch (CompletionException fenced) {
        assertThat(reasonOf(fenced)).isEqualTo(Reason.FENCED);
      }
    }
    assertThat(reader.lastEntry()).isBetween(acknowledged - 1, 49L);
    for (int i = 0; i <= reader.lastEntry(); i++) {
      assertThat(texts(reader, i, i)).containsExactly("entry " + i);
    }
  }

  @Test
  void recoveringTwiceOrAfterTheEndFindsTheSame() {
    Writer writer = get(store().create(LABEL));
    get(append(writer, "a"));
    get(writer.close());

    assertThat(get(other().recover(writer.id())).lastEntry()).isZero();
    assertThat(get(store().recover(writer.id())).lastEntry()).isZero();
  }

  @Test
  void anEmptyLedgerCanBeRecovered() {
    Writer writer = get(store().create(LABEL));

    Reader reader = get(other().recover(writer.id()));

    assertThat(reader.lastEntry()).isEqualTo(-1);
    assertThat(reader.sizeBytes()).isZero();
    assertFails(Reason.FENCED, () -> get(append(writer, "late")));
  }

  @Test
  void entriesThatAreNotThereAreNotFound() {
    Writer writer = get(store().create(LABEL));
    get(append(writer, "a"));

    assertFails(Reason.NOT_FOUND, () -> get(writer.reader().read(0, 1)));
    assertFails(Reason.NOT_FOUND, () -> get(writer.reader().read(5, 5)));
  }

  @Test
  void ledgersAreListedWithTheirLabels() {
    Writer writer = get(store().create(LABEL));

    assertThat(get(other().list())).contains(new Listed(writer.id(), LABEL));
  }

  @Test
  void aDeletedLedgerIsGone() {
    Writer writer = get(store().create(LABEL));
    get(writer.close());

    get(other().delete(writer.id()));
    get(store().delete(writer.id()));

    assertThat(get(store().list())).doesNotContain(new Listed(writer.id(), LABEL));
    assertFails(Reason.NOT_FOUND, () -> get(store().open(writer.id())));
    assertFails(Reason.NOT_FOUND, () -> get(store().recover(writer.id())));
  }

  protected static CompletableFuture<Long> append(Writer writer, String text) {
    return writer.append(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  protected List<String> texts(Reader reader, long first, long last) {
    return get(reader.read(first, last)).stream()
        .map(each -> UTF_8.decode(each).toString())
        .toList();
  }

  protected static void assertFails(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call).satisfies(failure -> assertThat(reasonOf(failure)).isEqualTo(reason));
  }

  private static Reason reasonOf(Throwable failure) {
    if (failure.getCause() instanceof LedgerException cause) {
      return cause.reason();
    }
    throw new AssertionError("no failure of a ledger", failure);
  }
}
