package io.rivulet.engine.message;

import io.rivulet.engine.codec.ByteWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Immutable by convention: who makes one, and who reads it, never changes the bytes. What a message
 * carries: one array; several pieces that may lie outside the heap, so that a large body goes from
 * the network into the log, and back, without being put together in memory; or, of a large message
 * on its way out, a place in the log from which it is {@linkplain #load loaded} when there is room
 * for it.
 */
public final class Body {
  /** No bytes. */
  public static final Body EMPTY = new Body(new byte[0], List.of(), null, 0);

  /** Where a body can be read. */
  @FunctionalInterface
  public interface Source {
    /**
     * Reads and checks it; may block on the disk.
     *
     * @throws IOException if it can't be read, or is damaged
     */
    Body read(Space space) throws IOException;
  }

  /**
   * Memory to load a body into. Unless it is {@link #HEAP}, its owner may use the memory again when
   * nobody uses the body any more.
   */
  @FunctionalInterface
  public interface Space {
    /** As much as is asked for, in pieces that the garbage collector finds room for easily. */
    Space HEAP = missingBytes -> ByteBuffer.allocate(Math.min(missingBytes, 1 << 20));

    /** A buffer of at least one byte and at most so many, all of them to be filled. */
    ByteBuffer take(int missingBytes);
  }

  private final byte @Nullable [] array;
  private final List<ByteBuffer> pieces;
  private final @Nullable Source source;
  private final int size;

  private Body(
      byte @Nullable [] array, List<ByteBuffer> pieces, @Nullable Source source, int size) {
    this.array = array;
    this.pieces = pieces;
    this.source = source;
    this.size = size;
  }

  /** The array itself, not a copy. */
  public static Body of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Body(bytes, List.of(), null, bytes.length);
  }

  /**
   * What remains in the buffers, one after the other; not a copy.
   *
   * @throws ArithmeticException beyond 2 GiB
   */
  public static Body of(List<ByteBuffer> buffers) {
    long size = 0;
    ByteBuffer[] views = new ByteBuffer[buffers.size()];
    for (int i = 0; i < views.length; i++) {
      views[i] = buffers.get(i).slice().asReadOnlyBuffer();
      size += views[i].remaining();
    }
    return new Body(null, List.of(views), null, Math.toIntExact(size));
  }

  /** One that is not in memory. */
  public static Body stored(int size, Source source) {
    return new Body(null, List.of(), source, size);
  }

  /** Whether its bytes are here; if not, only its size may be asked for before it is loaded. */
  public boolean isLoaded() {
    return source == null;
  }

  /**
   * The body with its bytes in memory: itself, if they are.
   *
   * @param space where they are put, all of them or nearly all
   * @throws IOException as {@link Source#read}
   */
  public Body load(Space space) throws IOException {
    return source == null ? this : source.read(space);
  }

  private void checkLoaded() {
    if (source != null) {
      throw new IllegalStateException("a body of " + size + " bytes is used and was not loaded");
    }
  }

  /** Bytes. */
  public int size() {
    return size;
  }

  /** The bytes in order, as read-only views with positions of their own. */
  public List<ByteBuffer> pieces() {
    checkLoaded();
    return array != null
        ? List.of(ByteBuffer.wrap(array).asReadOnlyBuffer())
        : pieces.stream().map(ByteBuffer::duplicate).toList();
  }

  /** Whether {@link #toArray} needs no copy. */
  public boolean isWhole() {
    return array != null;
  }

  /** All bytes in one array: the body's own if there is one. */
  public byte[] toArray() {
    if (array != null) {
      return array;
    }
    checkLoaded();
    byte[] whole = new byte[size];
    int at = 0;
    for (ByteBuffer piece : pieces) {
      piece.get(0, whole, at, piece.limit());
      at += piece.limit();
    }
    return whole;
  }

  /** Adds all bytes to a checksum. */
  public void addTo(CRC32C checksum) {
    checkLoaded();
    if (array != null) {
      checksum.update(array, 0, size);
    } else {
      pieces.forEach(piece -> checksum.update(piece.duplicate()));
    }
  }

  /** Writes {@code count} bytes from the index {@code from} on. */
  public void copyTo(ByteWriter out, int from, int count) {
    checkLoaded();
    Objects.checkFromIndexSize(from, count, size);
    if (array != null) {
      out.putBytes(array, from, count);
      return;
    }
    int start = from;
    int left = count;
    for (ByteBuffer piece : pieces) {
      int take = Math.min(left, piece.limit() - start);
      if (take > 0) {
        out.putBytes(piece.slice(start, take));
        left -= take;
        start = 0;
      } else {
        start -= piece.limit();
      }
      if (left == 0) {
        return;
      }
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Body body
        && body.size == size
        && Arrays.equals(body.toArray(), toArray());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(toArray());
  }

  @Override
  public String toString() {
    return size + " bytes";
  }
}
