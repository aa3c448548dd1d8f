package io.rivulet.server.grpc;

import io.rivulet.engine.message.Body;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;

/**
 * Safe for all threads: a fair semaphore and a lock-free stack. Memory outside the heap for large
 * bodies between the log and the network's own buffers, which get a copy: so it is used again and
 * again, and the garbage collector has nothing to move.
 *
 * <p>Chunks are made when first needed and kept, no more than were ever lent at the same time.
 */
public final class ChunkPool {
  static final int CHUNK_BYTES = 1 << 20;

  private final int maxChunks;
  private final Semaphore free;

  /** The chunk used last on top: it is the likeliest to be in the processor's cache. */
  private final Deque<ByteBuffer> unused = new ConcurrentLinkedDeque<>();

  /**
   * A pool that has no chunks yet.
   *
   * @param maxBytes of all chunks; at least one chunk
   */
  public ChunkPool(long maxBytes) {
    maxChunks = Math.clamp(maxBytes / CHUNK_BYTES, 1, Integer.MAX_VALUE);
    free = new Semaphore(maxChunks, true);
  }

  /**
   * Waits until there is memory for so many bytes, in order of arrival; called on virtual threads.
   * All of it is lent at once, so that nobody waits for more while holding some. If it is more than
   * the pool has, the rest lies on the heap.
   */
  public Loan borrow(long bytes) {
    int count = Math.clamp(Math.ceilDiv(bytes, CHUNK_BYTES), 0, maxChunks);
    free.acquireUninterruptibly(count);
    return new Loan(count);
  }

  public long bytesInUse() {
    return (long) (maxChunks - free.availablePermits()) * CHUNK_BYTES;
  }

  public long maxBytes() {
    return (long) maxChunks * CHUNK_BYTES;
  }

  /** Owned by the thread that borrowed it. Closed when nothing refers to the memory any more. */
  public final class Loan implements Body.Space, AutoCloseable {
    private final int count;
    private final List<ByteBuffer> taken = new ArrayList<>();
    private boolean isClosed;

    private Loan(int count) {
      this.count = count;
    }

    @Override
    public ByteBuffer take(int missingBytes) {
      if (isClosed) {
        throw new IllegalStateException("memory is taken that was given back");
      }
      if (taken.size() == count) {
        return HEAP.take(missingBytes);
      }
      ByteBuffer chunk =
          Objects.requireNonNullElseGet(
              unused.pollFirst(), () -> ByteBuffer.allocateDirect(CHUNK_BYTES));
      taken.add(chunk);
      return chunk.slice(0, Math.min(missingBytes, CHUNK_BYTES));
    }

    /** Gives everything back. A second call does nothing. */
    @Override
    public void close() {
      if (!isClosed) {
        isClosed = true;
        taken.forEach(unused::addFirst);
        free.release(count);
      }
    }
  }
}
