package io.rivulet.server.config;

import java.time.Duration;
import java.util.Locale;

/** Immutable. Lengths of time as people write them: 250ms, 30s, 5m, 12h, 7d. */
public final class DurationText {
  private DurationText() {}

  public static Duration parse(String text) {
    String number = text.replaceFirst("[A-Za-z ]*$", "");
    String unit = text.substring(number.length()).strip().toLowerCase(Locale.ROOT);
    try {
      long count = Long.parseLong(number.replace("_", ""));
      return switch (unit) {
        case "ms" -> Duration.ofMillis(count);
        case "s" -> Duration.ofSeconds(count);
        case "m" -> Duration.ofMinutes(count);
        case "h" -> Duration.ofHours(count);
        case "d" -> Duration.ofDays(count);
        default -> throw new IllegalArgumentException("the unit is not one of ms, s, m, h, d");
      };
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException("not a length of time such as 250ms, 30s or 7d", e);
    }
  }

  /** In the largest unit that leaves a whole number. */
  public static String print(Duration value) {
    long millis = value.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = value.toSeconds();
    if (seconds % 60 != 0 || seconds == 0) {
      return seconds + "s";
    }
    if (seconds % 3600 != 0) {
      return seconds / 60 + "m";
    }
    return seconds % 86_400 != 0 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
  }
}
