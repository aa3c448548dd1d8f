package io.rivulet.bench.readers;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Immutable. What a message says of itself at the beginning of its body, as text, so that it passes
 * through every protocol: when it was due (16 hexadecimal digits, on the clock of {@link
 * System#nanoTime}) and which one of its session it is (8 digits, from 0).
 */
public final class Stamp {
  /** The least bytes of a body. */
  public static final int BYTES = 24;

  private static final int NANOS_DIGITS = 16;
  private static final int NUMBER_DIGITS = 8;
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private Stamp() {}

  /** A body of that many bytes, at least {@link #BYTES}; text without line ends. */
  public static byte[] body(int sizeBytes, long dueNanos, int number) {
    byte[] body = new byte[sizeBytes];
    write(body, 0, NANOS_DIGITS, dueNanos);
    write(body, NANOS_DIGITS, NUMBER_DIGITS, number);
    Arrays.fill(body, BYTES, sizeBytes, (byte) '.');
    return body;
  }

  static long dueNanos(byte[] body, int from) {
    return read(body, from, NANOS_DIGITS);
  }

  /** Which one of its session the message is that begins there. */
  public static int number(byte[] body, int from) {
    return (int) read(body, from + NANOS_DIGITS, NUMBER_DIGITS);
  }

  private static void write(byte[] body, int from, int digits, long value) {
    long left = value;
    for (int i = from + digits - 1; i >= from; i--) {
      body[i] = DIGITS[(int) (left & 15)];
      left >>>= 4;
    }
  }

  private static long read(byte[] body, int from, int digits) {
    long value = 0;
    for (int i = from; i < from + digits; i++) {
      int digit = Character.digit(body[i], 16);
      if (digit < 0) {
        throw new IllegalArgumentException(
            "this is no message of ours: "
                + new String(body, from, digits, StandardCharsets.ISO_8859_1));
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
