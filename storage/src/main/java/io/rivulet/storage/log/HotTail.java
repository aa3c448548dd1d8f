package io.rivulet.storage.log;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: the shard thread writes; others read and then check that what they read was
 * not overwritten meanwhile ({@link #low} moves up before bytes change). The newest bytes of the
 * log, addressed by position, in a ring of chunks outside the heap.
 *
 * <p>It is where a batch waits to be written, so nothing is copied twice, and where readers that
 * keep up find their messages without going to the disk. Chunks are made when first needed: a quiet
 * log holds one.
 */
final class HotTail {
  private static final int MAX_CHUNK_BYTES = 1 << 20;

  private final int chunkBytes;
  private final int capacityBytes;
  private final AtomicReferenceArray<@Nullable ByteBuffer> chunks;
  private volatile long low;

  /**
   * Makes an empty tail.
   *
   * @param start position below which nothing is in memory
   */
  HotTail(int capacityBytes, long start) {
    this.chunkBytes = Math.min(MAX_CHUNK_BYTES, Integer.highestOneBit(capacityBytes));
    this.capacityBytes = capacityBytes - capacityBytes % chunkBytes;
    this.chunks = new AtomicReferenceArray<>(this.capacityBytes / chunkBytes);
    this.low = start;
  }

  int capacityBytes() {
    return capacityBytes;
  }

  /** The lowest position that may be read here. */
  long low() {
    return low;
  }

  /** Gives up what lies so far below {@code end} that its place is needed. */
  void makeRoom(long end) {
    if (end - capacityBytes > low) {
      low = end - capacityBytes;
      VarHandle.fullFence();
    }
  }

  /** Stores the buffer's bytes from a position on; {@link #makeRoom} was called for their end. */
  void put(long position, ByteBuffer source) {
    long at = position;
    int from = source.position();
    while (from < source.limit()) {
      int inChunk = (int) (at % chunkBytes);
      int count = Math.min(source.limit() - from, chunkBytes - inChunk);
      chunkFor(at).put(inChunk, source, from, count);
      at += count;
      from += count;
    }
  }

  /** Copies bytes out; false if they are not, or no longer, here. */
  boolean read(long position, ByteBuffer target) {
    if (position < low) {
      return false;
    }
    long at = position;
    int to = target.position();
    while (to < target.limit()) {
      int inChunk = (int) (at % chunkBytes);
      int count = Math.min(target.limit() - to, chunkBytes - inChunk);
      target.put(to, chunkFor(at), inChunk, count);
      at += count;
      to += count;
    }
    VarHandle.loadLoadFence();
    return position >= low;
  }

  /** The bytes between two positions as they lie in memory, for one gathered write. */
  ByteBuffer[] slices(long from, long to) {
    List<ByteBuffer> slices = new ArrayList<>();
    long at = from;
    while (at < to) {
      int inChunk = (int) (at % chunkBytes);
      int count = (int) Math.min(to - at, chunkBytes - inChunk);
      slices.add(chunkFor(at).slice(inChunk, count));
      at += count;
    }
    return slices.toArray(ByteBuffer[]::new);
  }

  private ByteBuffer chunkFor(long position) {
    int index = (int) (position % capacityBytes / chunkBytes);
    ByteBuffer chunk = chunks.get(index);
    if (chunk == null) {
      // Only the shard thread gets here for bytes that matter: what is read was put before.
      ByteBuffer made = ByteBuffer.allocateDirect(chunkBytes);
      chunk = chunks.compareAndSet(index, null, made) ? made : chunks.get(index);
    }
    return Objects.requireNonNull(chunk);
  }
}
