package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.util.Arrays;

/**
 * Owned by the shard thread. The messages of one queue that are not delivered to anybody any more
 * though they are retained: cancelled, or moved elsewhere. 8 bytes each in memory and one to three
 * in the queue's row; at most {@link #MAX}, beyond which {@link Cancellations} refuses.
 */
final class CancelledOffsets {
  static final int MAX = 1 << 16;

  /** Ascending; each is an offset and, in the lowest bit, whether the message was moved. */
  private long[] entries = new long[4];

  private int count;

  boolean contains(long offset) {
    int at = lowestFrom(offset);
    return at < count && entries[at] >>> 1 == offset;
  }

  /** Whether a copy of the message is in another queue. */
  boolean isMoved(long offset) {
    int at = lowestFrom(offset);
    return at < count && entries[at] == (offset << 1 | 1);
  }

  /** How many there are from this offset on. */
  int countFrom(long offset) {
    return count - lowestFrom(offset);
  }

  void add(long offset, boolean isMoved) {
    int at = lowestFrom(offset);
    if (at < count && entries[at] >>> 1 == offset) {
      return;
    }
    if (count == entries.length) {
      entries = Arrays.copyOf(entries, count * 2);
    }
    System.arraycopy(entries, at, entries, at + 1, count - at);
    entries[at] = offset << 1 | (isMoved ? 1 : 0);
    count++;
  }

  /** What lies below this offset is never looked at again. */
  void forgetBelow(long offset) {
    int from = lowestFrom(offset);
    if (from > 0) {
      entries = Arrays.copyOfRange(entries, from, Math.max(from + 4, count));
      count -= from;
    }
  }

  private int lowestFrom(long offset) {
    int at = Arrays.binarySearch(entries, 0, count, offset << 1);
    return at < 0 ? -at - 1 : at;
  }

  void write(ByteWriter out) {
    out.putVarInt(count);
    long previous = 0;
    for (int i = 0; i < count; i++) {
      out.putVarLong(entries[i] - previous);
      previous = entries[i];
    }
  }

  static CancelledOffsets read(ByteReader in) {
    CancelledOffsets read = new CancelledOffsets();
    read.count = in.getCount(1);
    read.entries = new long[Math.max(4, read.count)];
    long previous = 0;
    for (int i = 0; i < read.count; i++) {
      previous += in.getVarLong();
      read.entries[i] = previous;
    }
    return read;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ").append(entries[i] >>> 1);
      text.append((entries[i] & 1) == 0 ? "" : "m");
    }
    return text.toString();
  }
}
