package io.rivulet.server.http.stream;

import io.rivulet.engine.lite.OffsetOption;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Offsets as the protocol writes them: in the order of their characters. Two numbers of
 * 16 digits, as other servers of the protocol write them; the first is always 0 here.
 */
public final class StreamOffset {
  private static final int DIGITS = 16;
  private static final String PREFIX = "0".repeat(DIGITS) + "_";

  private StreamOffset() {}

  public static String text(long offset) {
    String digits = Long.toString(offset);
    return PREFIX + "0".repeat(Math.max(0, DIGITS - digits.length())) + digits;
  }

  /**
   * Where to begin to read.
   *
   * @param text absent: at the beginning
   * @throws IllegalArgumentException if it is no offset, with the reason
   */
  static OffsetOption parse(@Nullable String text) {
    if (text == null || text.equals("-1")) {
      return new OffsetOption.Min();
    }
    return text.equals("now") ? new OffsetOption.Max() : new OffsetOption.At(number(text));
  }

  /** Reads what {@link #text} wrote. */
  public static long number(String text) {
    boolean isNumber = text.startsWith(PREFIX) && text.length() == PREFIX.length() + DIGITS;
    for (int i = PREFIX.length(); isNumber && i < text.length(); i++) {
      isNumber = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (!isNumber) {
      throw new IllegalArgumentException(
          "'" + text + "' is no offset: it is -1, now, or what Stream-Next-Offset said");
    }
    return Long.parseLong(text.substring(PREFIX.length()));
  }
}
