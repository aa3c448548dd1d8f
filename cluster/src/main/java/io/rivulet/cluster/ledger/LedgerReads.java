package io.rivulet.cluster.ledger;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.cluster.ledger.LedgerStore.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: one lock around two maps, none while reading. Reads entries from the
 * ledgers of a log, through a bounded number of open ones, and keeps the entries that were read
 * last: their neighbours are often read next.
 */
final class LedgerReads {
  private static final int MAX_OPEN = 32;
  private static final long MAX_KEPT_BYTES = 4L << 20;

  private final LedgerStore store;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Long, CompletableFuture<Reader>> open = new LinkedHashMap<>(16, 0.75f, true);

  @GuardedBy("lock")
  private final Map<Long, ByteBuffer> kept = new LinkedHashMap<>(16, 0.75f, true);

  @GuardedBy("lock")
  private long keptBytes;

  @GuardedBy("lock")
  private boolean isClosed;

  LedgerReads(LedgerStore store) {
    this.store = store;
  }

  /** One entry of a part, by its index in the log. */
  CompletableFuture<ByteBuffer> entry(LogPart part, long index) {
    lock.lock();
    try {
      ByteBuffer known = kept.get(index);
      if (known != null) {
        return CompletableFuture.completedFuture(known);
      }
    } finally {
      lock.unlock();
    }
    return entries(part, index, index)
        .thenApply(found -> {
          keep(index, found.getFirst());
          return found.getFirst();
        });
  }

  /** Entries of a part from the first to the last index, both included; they are not kept. */
  CompletableFuture<List<ByteBuffer>> entries(LogPart part, long first, long last) {
    return reader(part)
        .thenCompose(reader -> reader.read(first - part.first(), last - part.first()));
  }

  /** Closes the ledger of a part that is no longer part of the log. */
  void forget(LogPart part) {
    CompletableFuture<Reader> removed;
    lock.lock();
    try {
      removed = open.remove(part.ledgerId());
    } finally {
      lock.unlock();
    }
    if (removed != null) {
      close(removed);
    }
  }

  /** Gives up what is kept in memory. */
  void forgetKept() {
    lock.lock();
    try {
      kept.clear();
      keptBytes = 0;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    List<CompletableFuture<Reader>> all;
    lock.lock();
    try {
      isClosed = true;
      all = List.copyOf(open.values());
      open.clear();
      kept.clear();
    } finally {
      lock.unlock();
    }
    all.forEach(LedgerReads::close);
  }

  private CompletableFuture<Reader> reader(LogPart part) {
    Reader live = part.live();
    if (live != null) {
      return CompletableFuture.completedFuture(live);
    }
    ArrayDeque<CompletableFuture<Reader>> closing = new ArrayDeque<>(1);
    CompletableFuture<Reader> opened;
    lock.lock();
    try {
      if (isClosed) {
        return CompletableFuture.failedFuture(
            new LedgerException(Reason.UNAVAILABLE, "the log is closed"));
      }
      opened = open.get(part.ledgerId());
      // One that could not be opened is tried anew.
      if (opened == null || opened.isCompletedExceptionally()) {
        opened = store.open(part.ledgerId());
        open.put(part.ledgerId(), opened);
      }
      if (open.size() > MAX_OPEN) {
        var eldest = open.entrySet().iterator();
        closing.add(eldest.next().getValue());
        eldest.remove();
      }
    } finally {
      lock.unlock();
    }
    closing.forEach(LedgerReads::close);
    return opened;
  }

  private void keep(long index, ByteBuffer entry) {
    lock.lock();
    try {
      if (!isClosed && kept.put(index, entry) == null) {
        keptBytes += entry.remaining();
      }
      var eldest = kept.entrySet().iterator();
      while (keptBytes > MAX_KEPT_BYTES && kept.size() > 1) {
        keptBytes -= eldest.next().getValue().remaining();
        eldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void close(CompletableFuture<Reader> opened) {
    var _ = opened.thenAccept(Reader::close);
  }
}
