package io.rivulet.server.rest;

import io.rivulet.engine.lite.OffsetOption;
import java.time.DateTimeException;
import java.time.OffsetDateTime;

/** Immutable. Places in a queue as people write them. */
final class Places {
  private static final int MAX_DIGITS = 18;

  private Places() {}

  /**
   * A place.
   *
   * @throws IllegalArgumentException if it is none, with what is allowed
   */
  static OffsetOption of(String name, String text) {
    if (text.equals("first")) {
      return new OffsetOption.Min();
    }
    if (text.equals("last")) {
      return new OffsetOption.Max();
    }
    if (text.matches("-?[0-9]{1," + MAX_DIGITS + "}")) {
      long number = Long.parseLong(text);
      return number < 0 ? new OffsetOption.TailCount(-number) : new OffsetOption.At(number);
    }
    try {
      // In a URL a plus is a blank.
      return new OffsetOption.Time(
          OffsetDateTime.parse(text.replace(' ', '+')).toInstant().toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          name
              + " is first, last (what is to come), an offset, -N for the newest N, or a time as in"
              + " RFC 3339 such as 2030-01-31T12:00:00Z, not '"
              + text
              + "'",
          e);
    }
  }
}
