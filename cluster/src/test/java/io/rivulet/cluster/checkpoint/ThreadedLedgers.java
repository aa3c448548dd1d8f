package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.MemoryLedgers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Safe for all threads: hands everything to one thread, as ledgers over a network do. Ledgers in
 * memory for tests with real threads and real time.
 */
final class ThreadedLedgers implements LedgerStore, Timer {
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("test-ledgers").factory());
  private final LedgerStore ledgers;

  ThreadedLedgers() {
    MemoryLedgers cloud = new MemoryLedgers(this, new SplittableRandom(3));
    cloud.setDelays(Duration.ofMillis(1), Duration.ofSeconds(10));
    ledgers = cloud.node("all");
  }

  @Override
  public void after(Duration delay, Runnable task) {
    var _ = thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private <T> CompletableFuture<T> there(Supplier<CompletableFuture<T>> call) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    thread.execute(() -> {
      var _ =
          call.get()
              .whenComplete((result, failure) -> {
                if (failure == null) {
                  answer.complete(result);
                } else {
                  answer.completeExceptionally(failure);
                }
              });
    });
    return answer;
  }

  @Override
  public CompletableFuture<Writer> create(Label label) {
    return there(() -> ledgers.create(label)).thenApply(ThreadedWriter::new);
  }

  @Override
  public CompletableFuture<Reader> recover(long id) {
    return there(() -> ledgers.recover(id)).thenApply(ThreadedReader::new);
  }

  @Override
  public CompletableFuture<Reader> open(long id) {
    return there(() -> ledgers.open(id)).thenApply(ThreadedReader::new);
  }

  @Override
  public CompletableFuture<Reader> peek(long id) {
    return there(() -> ledgers.peek(id)).thenApply(ThreadedReader::new);
  }

  @Override
  public CompletableFuture<Void> delete(long id) {
    return there(() -> ledgers.delete(id));
  }

  @Override
  public CompletableFuture<List<Listed>> list() {
    return there(ledgers::list);
  }

  @Override
  public int writableNodes() {
    return ledgers.writableNodes();
  }

  @Override
  public boolean isNearlyFull() {
    return ledgers.isNearlyFull();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** Safe for all threads: hands everything to one. */
  private final class ThreadedWriter implements Writer {
    private final Writer writer;

    ThreadedWriter(Writer writer) {
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
      ByteBuffer copy = ByteBuffer.allocate(entry.remaining()).put(entry.duplicate()).flip();
      return there(() -> writer.append(copy));
    }

    @Override
    public Reader reader() {
      return new ThreadedReader(writer.reader());
    }

    @Override
    public CompletableFuture<Void> close() {
      return there(writer::close);
    }
  }

  /** Safe for all threads: hands everything to one. */
  private final class ThreadedReader implements Reader {
    private final Reader reader;

    ThreadedReader(Reader reader) {
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
      return there(() -> reader.read(first, last));
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
