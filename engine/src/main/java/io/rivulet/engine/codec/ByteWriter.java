package io.rivulet.engine.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Owned by one thread. Writes values into a growing byte array, big-endian; varints as LEB128. */
public final class ByteWriter {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes;
  private int size;

  public ByteWriter(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  public ByteWriter putByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
    return this;
  }

  public ByteWriter putBoolean(boolean value) {
    return putByte(value ? 1 : 0);
  }

  public ByteWriter putInt(int value) {
    ensure(4);
    INT.set(bytes, size, value);
    size += 4;
    return this;
  }

  public ByteWriter putLong(long value) {
    ensure(8);
    LONG.set(bytes, size, value);
    size += 8;
    return this;
  }

  /** Writes a non-negative or negative long in 1 to 10 bytes; small non-negative ones are short. */
  public ByteWriter putVarLong(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
    return this;
  }

  public ByteWriter putVarInt(int value) {
    return putVarLong(value & 0xFFFFFFFFL);
  }

  public ByteWriter putBytes(byte[] source) {
    return putBytes(source, 0, source.length);
  }

  public ByteWriter putBytes(byte[] source, int from, int count) {
    ensure(count);
    System.arraycopy(source, from, bytes, size, count);
    size += count;
    return this;
  }

  /** Writes what remains in the buffer, and leaves its position where it was. */
  public ByteWriter putBytes(ByteBuffer source) {
    int count = source.remaining();
    ensure(count);
    source.get(source.position(), bytes, size, count);
    size += count;
    return this;
  }

  public ByteWriter putString(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    putVarInt(utf8.length);
    return putBytes(utf8);
  }

  public ByteWriter putOptionalString(@Nullable String value) {
    putBoolean(value != null);
    return value == null ? this : putString(value);
  }

  public ByteWriter putStrings(Collection<String> values) {
    putVarInt(values.size());
    values.forEach(this::putString);
    return this;
  }

  public ByteWriter putStrings(Map<String, String> values) {
    putVarInt(values.size());
    values.forEach((key, value) -> {
      putString(key);
      putString(value);
    });
    return this;
  }

  /** Overwrites an int written before. */
  public void setInt(int at, int value) {
    INT.set(bytes, at, value);
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** The backing array, valid up to {@link #size()} until the next write. */
  public byte[] array() {
    return bytes;
  }

  /** What was written, without a copy; valid until the next write. */
  public ByteBuffer view() {
    return ByteBuffer.wrap(bytes, 0, size);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      int wanted = Math.addExact(size, more);
      bytes = Arrays.copyOf(bytes, Math.max(wanted, (int) Math.min(1 << 30, bytes.length * 2L)));
    }
  }
}
