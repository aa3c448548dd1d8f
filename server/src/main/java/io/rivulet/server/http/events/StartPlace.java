package io.rivulet.server.http.events;

import io.rivulet.engine.lite.OffsetOption;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Immutable. Where a reader of events begins. */
final class StartPlace {
  private StartPlace() {}

  /**
   * Reads what the request says.
   *
   * @param lastEventId what a browser says that comes back: the offset that it saw last
   * @param from first, last (what is to come), an offset or a time; absent: first
   * @throws IllegalArgumentException if it is none of that
   */
  static OffsetOption of(@Nullable String lastEventId, @Nullable String from) {
    if (lastEventId != null && !lastEventId.isBlank()) {
      long last = offset(lastEventId);
      if (last < 0) {
        throw new IllegalArgumentException(
            "Last-Event-ID is the id of an event, an offset, not '" + lastEventId + "'");
      }
      return new OffsetOption.At(last + 1);
    }
    if (from == null || from.equals("first")) {
      return new OffsetOption.Min();
    }
    if (from.equals("last")) {
      return new OffsetOption.Max();
    }
    long offset = offset(from);
    return offset >= 0 ? new OffsetOption.At(offset) : new OffsetOption.Time(time(from));
  }

  private static long offset(String text) {
    try {
      return text.length() > 18 ? -1 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static long time(String text) {
    try {
      // In a URL a plus is a blank.
      return OffsetDateTime.parse(text.replace(' ', '+')).toInstant().toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "from is first, last, an offset, or a time as in RFC 3339 such as 2030-01-31T12:00:00Z,"
              + " not '"
              + text
              + "'",
          e);
    }
  }
}
