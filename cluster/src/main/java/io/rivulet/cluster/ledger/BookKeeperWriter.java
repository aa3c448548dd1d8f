package io.rivulet.cluster.ledger;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.bookkeeper.client.api.WriteHandle;
import org.apache.bookkeeper.net.BookieId;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: BookKeeper's handle is. A ledger that is being written. */
final class BookKeeperWriter implements LedgerStore.Writer {
  private final WriteHandle handle;
  private final Supplier<Set<BookieId>> writable;
  private final LongSupplier failedAdds;
  private final long failedBefore;
  private final AtomicLong sizeBytes = new AtomicLong();
  private volatile @Nullable LedgerException failure;
  private volatile boolean wasMissingNode;

  /**
   * Makes one for a new ledger.
   *
   * @param writable the nodes that take entries just now
   * @param failedAdds how often a node has failed to take an entry of any ledger
   */
  BookKeeperWriter(WriteHandle handle, Supplier<Set<BookieId>> writable, LongSupplier failedAdds) {
    this.handle = handle;
    this.failedAdds = failedAdds;
    failedBefore = failedAdds.getAsLong();
    this.writable = writable;
  }

  @Override
  public long id() {
    return handle.getId();
  }

  @Override
  public int copies() {
    Set<BookieId> nodes = writable.get();
    int copies = 0;
    for (BookieId node : ensemble()) {
      copies += nodes.contains(node) ? 1 : 0;
    }
    return copies;
  }

  @Override
  public boolean isMissingNode() {
    boolean isMissing = copies() < ensemble().size();
    wasMissingNode |= isMissing;
    return isMissing;
  }

  @Override
  public boolean isThin() {
    return isMissingNode()
        || wasMissingNode
        || ensemble().size() < LedgerStore.COPIES
        || failedAdds.getAsLong() != failedBefore;
  }

  private List<BookieId> ensemble() {
    return handle.getLedgerMetadata().getAllEnsembles().lastEntry().getValue();
  }

  @Override
  public CompletableFuture<Long> append(ByteBuffer entry) {
    int length = entry.remaining();
    // Out of the heap: it is sent to several nodes, and perhaps later than it is acknowledged.
    ByteBuf copy = ByteBufAllocator.DEFAULT.directBuffer(length).writeBytes(entry.duplicate());
    CompletableFuture<Long> appended = new CompletableFuture<>();
    var _ =
        BookKeeperFailures.asOurs(
                () -> handle.appendAsync(copy), "nothing can be appended to ledger " + id())
            .whenComplete((number, cause) -> {
              if (cause == null) {
                sizeBytes.addAndGet(length);
                appended.complete(number);
              } else {
                appended.completeExceptionally(failed(LedgerException.of(cause)));
              }
            });
    return appended;
  }

  /** All fail for the reason of the first: later ones would only be told that it is closed. */
  private LedgerException failed(LedgerException cause) {
    LedgerException first = failure;
    if (first == null) {
      first = cause;
      failure = first;
    }
    return first;
  }

  @Override
  public LedgerStore.Reader reader() {
    return new LedgerStore.Reader() {
      @Override
      public long id() {
        return handle.getId();
      }

      @Override
      public long lastEntry() {
        return handle.getLastAddConfirmed();
      }

      @Override
      public long sizeBytes() {
        return sizeBytes.get();
      }

      @Override
      public CompletableFuture<List<ByteBuffer>> read(long first, long last) {
        return BookKeeperReader.read(handle, first, last, lastEntry());
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public CompletableFuture<Void> close() {
    return BookKeeperFailures.asOurs(handle::closeAsync, "ledger " + id() + " can't be ended");
  }
}
