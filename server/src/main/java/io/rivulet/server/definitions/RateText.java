package io.rivulet.server.definitions;

import io.rivulet.api.v1.Rate;
import java.math.BigDecimal;
import java.util.Locale;

/** Immutable. Rates as people write them: 50/s, 0.5/s, 90/min, 1000/h. */
public final class RateText {
  static final String ALLOWED = "a rate such as 50/s, 0.5/s, 90/min or 1000/h";

  private static final int SECONDS_PER_MINUTE = 60;
  private static final int SECONDS_PER_HOUR = 3600;

  private RateText() {}

  static double parse(String text) {
    int slash = text.indexOf('/');
    String number = (slash < 0 ? text : text.substring(0, slash)).strip().replace("_", "");
    String unit = slash < 0 ? "s" : text.substring(slash + 1).strip().toLowerCase(Locale.ROOT);
    int seconds =
        switch (unit) {
          case "s" -> 1;
          case "min", "m" -> SECONDS_PER_MINUTE;
          case "h" -> SECONDS_PER_HOUR;
          default -> throw new IllegalArgumentException("the unit is not one of s, min, h");
        };
    try {
      double perSecond = new BigDecimal(number).doubleValue() / seconds;
      if (perSecond > 0 && Double.isFinite(perSecond)) {
        return perSecond;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a rate", e);
    }
    throw new IllegalArgumentException("a rate is more than 0; none removes it");
  }

  /** In the smallest unit that leaves a whole number, with its burst if one was chosen. */
  public static String print(Rate rate) {
    String text = print(rate.getPerSecond());
    return rate.getBurst() == 0 ? text : text + " (burst " + rate.getBurst() + ")";
  }

  static String print(double perSecond) {
    String text;
    if (isWhole(perSecond)) {
      text = Math.round(perSecond) + "/s";
    } else if (isWhole(perSecond * SECONDS_PER_MINUTE)) {
      text = Math.round(perSecond * SECONDS_PER_MINUTE) + "/min";
    } else if (isWhole(perSecond * SECONDS_PER_HOUR)) {
      text = Math.round(perSecond * SECONDS_PER_HOUR) + "/h";
    } else {
      text = BigDecimal.valueOf(perSecond).toPlainString() + "/s";
    }
    return text;
  }

  private static boolean isWhole(double value) {
    return value >= 1 && Math.abs(value - Math.rint(value)) < 1e-9 * value;
  }
}
