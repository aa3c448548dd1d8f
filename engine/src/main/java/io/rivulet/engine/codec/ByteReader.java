package io.rivulet.engine.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. Reads what {@link ByteWriter} wrote.
 *
 * <p>Damaged input ends in {@link java.nio.BufferUnderflowException} or {@link
 * IllegalArgumentException}; lengths are checked before anything is allocated.
 */
public final class ByteReader {
  private final ByteBuffer buffer;

  public ByteReader(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  public ByteReader(byte[] bytes) {
    this(ByteBuffer.wrap(bytes));
  }

  public boolean hasRemaining() {
    return buffer.hasRemaining();
  }

  public int remaining() {
    return buffer.remaining();
  }

  public int index() {
    return buffer.position();
  }

  public void skip(int count) {
    if (count < 0 || count > buffer.remaining()) {
      throw new IllegalArgumentException("cannot skip " + count + " of " + buffer.remaining());
    }
    buffer.position(buffer.position() + count);
  }

  public int getByte() {
    return buffer.get() & 0xFF;
  }

  public boolean getBoolean() {
    return buffer.get() != 0;
  }

  public int getInt() {
    return buffer.getInt();
  }

  public long getLong() {
    return buffer.getLong();
  }

  public long getVarLong() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      byte next = buffer.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a varint is at most 10 bytes long");
  }

  public int getVarInt() {
    return (int) getVarLong();
  }

  /** A count of things of at least {@code minBytes} each, checked against what remains. */
  public int getCount(int minBytes) {
    long count = getVarLong();
    if (count < 0 || count * minBytes > buffer.remaining()) {
      throw new IllegalArgumentException(
          "a count of " + count + " does not fit in " + buffer.remaining() + " bytes");
    }
    return (int) count;
  }

  public byte[] getBytes(int count) {
    if (count < 0 || count > buffer.remaining()) {
      throw new IllegalArgumentException(
          "a length of " + count + " does not fit in " + buffer.remaining() + " bytes");
    }
    byte[] bytes = new byte[count];
    buffer.get(bytes);
    return bytes;
  }

  /** The next bytes, without a copy. */
  public ByteBuffer getView(int count) {
    if (count < 0 || count > buffer.remaining()) {
      throw new IllegalArgumentException(
          "a length of " + count + " does not fit in " + buffer.remaining() + " bytes");
    }
    ByteBuffer view = buffer.slice(buffer.position(), count);
    buffer.position(buffer.position() + count);
    return view;
  }

  public String getString() {
    return new String(getBytes(getCount(1)), StandardCharsets.UTF_8);
  }

  public @Nullable String getOptionalString() {
    return getBoolean() ? getString() : null;
  }

  public List<String> getStrings() {
    int count = getCount(1);
    if (count == 0) {
      return List.of();
    }
    List<String> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(getString());
    }
    return values;
  }

  public Map<String, String> getStringMap() {
    int count = getCount(2);
    if (count == 0) {
      return Map.of();
    }
    Map<String, String> values = LinkedHashMap.newLinkedHashMap(count);
    for (int i = 0; i < count; i++) {
      String key = getString();
      values.put(key, getString());
    }
    return values;
  }
}
