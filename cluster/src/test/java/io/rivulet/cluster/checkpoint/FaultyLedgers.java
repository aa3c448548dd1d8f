package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the test's thread. Ledgers as a process sees them that dies at some step, or whose disks
 * give back something else than what was stored.
 */
final class FaultyLedgers implements LedgerStore {
  private static final int NEVER = Integer.MAX_VALUE;

  /** The process is dead: nothing it does has an effect any more. */
  static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final LedgerStore ledgers;
  private final Set<Long> damaged = new HashSet<>();
  private final List<CompletableFuture<?>> inFlight = new ArrayList<>();
  private int step;
  private int deathAt = NEVER;
  private @Nullable Error broken;
  private boolean isHopeful;
  int mostInFlight;
  int reads;
  long writtenBytes;
  long readBytes;

  FaultyLedgers(LedgerStore ledgers) {
    this.ledgers = ledgers;
  }

  /** The process dies before its nth step from now on, 0 is the next one. */
  void dieAt(int nth) {
    deathAt = step + nth;
  }

  boolean isDead() {
    return step > deathAt;
  }

  /** What is read of a ledger has a wrong bit from now on. */
  void damage(long ledger) {
    damaged.add(ledger);
  }

  /** All storage nodes seem to run from now on, whether they do or not. */
  void hope() {
    isHopeful = true;
  }

  /** The next step throws this. */
  void breakOnce(Error error) {
    broken = error;
  }

  void step() {
    Error thrown = broken;
    if (thrown != null) {
      broken = null;
      throw thrown;
    }
    if (step++ >= deathAt) {
      throw new Death();
    }
  }

  private <T> CompletableFuture<T> watched(Supplier<CompletableFuture<T>> call) {
    step();
    CompletableFuture<T> future = call.get();
    inFlight.add(future);
    inFlight.removeIf(CompletableFuture::isDone);
    mostInFlight = Math.max(mostInFlight, inFlight.size());
    return future;
  }

  @Override
  public CompletableFuture<Writer> create(Label label) {
    step();
    return ledgers.create(label).thenApply(FaultyWriter::new);
  }

  @Override
  public CompletableFuture<Reader> recover(long id) {
    step();
    return ledgers.recover(id).thenApply(FaultyReader::new);
  }

  @Override
  public CompletableFuture<Reader> open(long id) {
    step();
    return ledgers.open(id).thenApply(FaultyReader::new);
  }

  @Override
  public CompletableFuture<Reader> peek(long id) {
    step();
    return ledgers.peek(id).thenApply(FaultyReader::new);
  }

  @Override
  public CompletableFuture<Void> delete(long id) {
    step();
    return ledgers.delete(id);
  }

  @Override
  public CompletableFuture<List<Listed>> list() {
    return ledgers.list();
  }

  @Override
  public int writableNodes() {
    return isHopeful ? COPIES : ledgers.writableNodes();
  }

  @Override
  public boolean isNearlyFull() {
    return ledgers.isNearlyFull();
  }

  @Override
  public void close() {
    ledgers.close();
  }

  /** Owned by the test's thread. */
  private final class FaultyWriter implements Writer {
    private final Writer writer;

    FaultyWriter(Writer writer) {
      this.writer = writer;
    }

    @Override
    public long id() {
      return writer.id();
    }

    @Override
    public int copies() {
      return writer.copies();
    }

    @Override
    public boolean isThin() {
      return writer.isThin();
    }

    @Override
    public boolean isMissingNode() {
      return writer.isMissingNode();
    }

    @Override
    public CompletableFuture<Long> append(ByteBuffer entry) {
      writtenBytes += entry.remaining();
      return watched(() -> writer.append(entry));
    }

    @Override
    public Reader reader() {
      return writer.reader();
    }

    @Override
    public CompletableFuture<Void> close() {
      step();
      return writer.close();
    }
  }

  /** Owned by the test's thread. */
  private final class FaultyReader implements Reader {
    private final Reader reader;

    FaultyReader(Reader reader) {
      this.reader = reader;
    }

    @Override
    public long id() {
      return reader.id();
    }

    @Override
    public long lastEntry() {
      return reader.lastEntry();
    }

    @Override
    public long sizeBytes() {
      return reader.sizeBytes();
    }

    @Override
    public CompletableFuture<List<ByteBuffer>> read(long first, long last) {
      reads++;
      return watched(() -> reader.read(first, last)).thenApply(this::spoil);
    }

    private List<ByteBuffer> spoil(List<ByteBuffer> entries) {
      List<ByteBuffer> found = new ArrayList<>();
      for (ByteBuffer entry : entries) {
        readBytes += entry.remaining();
        ByteBuffer copy = ByteBuffer.allocate(entry.remaining()).put(entry.duplicate()).flip();
        if (damaged.contains(id())) {
          int at = copy.limit() / 2;
          copy.put(at, (byte) (copy.get(at) ^ 8));
        }
        found.add(copy);
      }
      return found;
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
