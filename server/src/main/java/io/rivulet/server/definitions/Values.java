package io.rivulet.server.definitions;

import com.google.protobuf.Duration;
import io.rivulet.server.config.DurationText;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Immutable. Values of words, read as people write them. */
final class Values {
  static final String NONE = "none";
  static final String DURATION = "a time such as 250ms, 30s or 7d";

  private Values() {}

  static boolean isNone(String text) {
    return text.equalsIgnoreCase(NONE);
  }

  /** A whole number of at least 1, or 0 for none. */
  static long count(String text, long max) {
    if (isNone(text)) {
      return 0;
    }
    try {
      long value = Long.parseLong(text.replace("_", ""));
      if (value >= 1 && value <= max) {
        return value;
      }
      throw new IllegalArgumentException("out of range");
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a whole number", e);
    }
  }

  static int count(String text) {
    return (int) count(text, Integer.MAX_VALUE);
  }

  static Duration duration(String text) {
    java.time.Duration value = DurationText.parse(text);
    return Duration.newBuilder().setSeconds(value.getSeconds()).setNanos(value.getNano()).build();
  }

  static boolean flag(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "on", "true" -> true;
      case "off", "false", NONE -> false;
      default -> throw new IllegalArgumentException("neither on nor off");
    };
  }

  /** Pairs such as {@code gold=4,free=1}. A key may have an equals sign, a weight has none. */
  static Map<String, Integer> weights(String text) {
    Map<String, Integer> weights = new LinkedHashMap<>();
    if (isNone(text)) {
      return weights;
    }
    for (String pair : text.split(",", -1)) {
      int equals = pair.lastIndexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("'" + pair.strip() + "' is not KEY=WEIGHT");
      }
      String key = pair.substring(0, equals).strip();
      try {
        if (weights.put(key, Integer.parseInt(pair.substring(equals + 1).strip())) != null) {
          throw new IllegalArgumentException("'" + key + "' stands there twice");
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "the weight in '" + pair.strip() + "' is not a whole number", e);
      }
    }
    return weights;
  }

  static Map<Integer, Integer> weightsByPriority(String text) {
    Map<Integer, Integer> weights = new LinkedHashMap<>();
    weights(text)
        .forEach((priority, weight) -> {
          try {
            weights.put(Integer.parseInt(priority), weight);
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                "the priority '" + priority + "' is not a number", e);
          }
        });
    return weights;
  }
}
