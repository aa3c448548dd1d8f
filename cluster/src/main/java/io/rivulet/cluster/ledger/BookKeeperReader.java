package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.bookkeeper.client.api.LedgerEntries;
import org.apache.bookkeeper.client.api.LedgerEntry;
import org.apache.bookkeeper.client.api.ReadHandle;

/**
 * Safe for all threads: BookKeeper's handle is. A ledger that has ended, or what is known of one.
 */
final class BookKeeperReader implements LedgerStore.Reader {
  private final ReadHandle handle;

  BookKeeperReader(ReadHandle handle) {
    this.handle = handle;
  }

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
    return handle.getLength();
  }

  @Override
  public CompletableFuture<List<ByteBuffer>> read(long first, long last) {
    return read(handle, first, last, lastEntry());
  }

  @Override
  public void close() {
    var _ = handle.closeAsync();
  }

  static CompletableFuture<List<ByteBuffer>> read(
      ReadHandle handle, long first, long last, long lastThere) {
    if (first < 0 || first > last || last > lastThere) {
      return CompletableFuture.failedFuture(
          new LedgerException(
              Reason.NOT_FOUND,
              "ledger %d has no entries %d to %d; its last one is %d"
                  .formatted(handle.getId(), first, last, lastThere)));
    }
    return BookKeeperFailures.asOurs(
            () -> handle.readAsync(first, last),
            "entries %d to %d of ledger %d can't be read".formatted(first, last, handle.getId()))
        .thenApply(BookKeeperReader::copied);
  }

  /** The entries lie in memory that must be given back. */
  private static List<ByteBuffer> copied(LedgerEntries entries) {
    try (entries) {
      List<ByteBuffer> copies = new ArrayList<>();
      for (LedgerEntry entry : entries) {
        copies.add(ByteBuffer.wrap(entry.getEntryBytes()).asReadOnlyBuffer());
      }
      return copies;
    }
  }
}
