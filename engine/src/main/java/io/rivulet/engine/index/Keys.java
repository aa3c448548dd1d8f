package io.rivulet.engine.index;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Immutable. How row keys are laid out: big-endian longs, then text closed by a zero byte. */
public final class Keys {
  private Keys() {}

  public static byte[] of(long first) {
    return ByteBuffer.allocate(8).putLong(first).array();
  }

  public static byte[] of(long first, long second) {
    return ByteBuffer.allocate(16).putLong(first).putLong(second).array();
  }

  public static byte[] of(long first, long second, long third) {
    return ByteBuffer.allocate(24).putLong(first).putLong(second).putLong(third).array();
  }

  /** A long, then texts, each closed by a zero byte (names never contain one). */
  public static byte[] of(long first, String... texts) {
    byte[][] parts = new byte[texts.length][];
    int size = 8;
    for (int i = 0; i < texts.length; i++) {
      parts[i] = texts[i].getBytes(StandardCharsets.UTF_8);
      size += parts[i].length + 1;
    }
    ByteBuffer key = ByteBuffer.allocate(size).putLong(first);
    for (byte[] part : parts) {
      key.put(part).put((byte) 0);
    }
    return key.array();
  }

  /** A long, a text closed by a zero byte, then a long. */
  public static byte[] of(long first, String text, long last) {
    byte[] part = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(17 + part.length)
        .putLong(first)
        .put(part)
        .put((byte) 0)
        .putLong(last)
        .array();
  }

  public static byte[] of(long first, String text, long middle, String last) {
    byte[] head = of(first, text, middle);
    byte[] tail = last.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(head.length + tail.length + 1)
        .put(head)
        .put(tail)
        .put((byte) 0)
        .array();
  }

  /** A long, then the beginning of a text, for scans by prefix. */
  public static byte[] prefix(long first, String beginning) {
    byte[] part = beginning.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + part.length).putLong(first).put(part).array();
  }

  /** The smallest key that is greater than all keys that begin with {@code prefix}. */
  public static byte[] after(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xFF) {
        byte[] next = Arrays.copyOf(prefix, i + 1);
        next[i]++;
        return next;
      }
    }
    return new byte[] {
      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
    };
  }

  public static long longAt(byte[] key, int at) {
    return ByteBuffer.wrap(key).getLong(at);
  }

  /** The text that begins at {@code at} and ends before the next zero byte. */
  public static String textAt(byte[] key, int at) {
    int end = at;
    while (end < key.length && key[end] != 0) {
      end++;
    }
    return new String(key, at, end - at, StandardCharsets.UTF_8);
  }

  /** Where the text that begins at {@code at} has ended, zero byte included. */
  public static int afterText(byte[] key, int at) {
    int end = at;
    while (end < key.length && key[end] != 0) {
      end++;
    }
    return end + 1;
  }
}
