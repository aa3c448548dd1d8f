package io.rivulet.engine.scheduling;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. What a message says of how it wants to be served, in its properties.
 *
 * @param key fairness key, for example the tenant; empty: none
 * @param cost what serving it takes, in a unit of the producer's choice such as estimated tokens, 1
 *     to 1,000,000,000
 * @param deadlineMillis after this time it is not handed out, milliseconds since the epoch; 0: none
 * @param priority from 0, higher first; -1: it says none
 */
public record Demand(String key, int cost, long deadlineMillis, int priority) {
  public static final String COST_PROPERTY = "rivulet-cost";
  public static final String DEADLINE_PROPERTY = "rivulet-deadline";
  public static final String PRIORITY_PROPERTY = "rivulet-priority";

  /** On a reply: the receipt handle of the message whose real cost it tells. */
  public static final String SETTLED_HANDLE_PROPERTY = "rivulet-settled-handle";

  /** On a reply: the real cost. */
  public static final String SETTLED_COST_PROPERTY = "rivulet-settled-cost";

  public static final int NO_PRIORITY = -1;
  public static final int USUAL_COST = 1;
  public static final int MAX_COST = 1_000_000_000;
  public static final int MAX_KEY_BYTES = 255;

  public static final Demand NONE = new Demand("", USUAL_COST, 0, NO_PRIORITY);

  /**
   * Reads the properties.
   *
   * @param keyProperty the property with the fairness key
   * @throws IllegalArgumentException with a sentence for the sender if one of them is not as it
   *     should be
   */
  public static Demand of(Map<String, String> properties, String keyProperty) {
    if (properties.isEmpty()) {
      return NONE;
    }
    String key = properties.getOrDefault(keyProperty, "");
    checkKey(keyProperty, key);
    var _ = settledCost(properties);
    return new Demand(
        key,
        (int) number(properties, COST_PROPERTY, 1, MAX_COST, USUAL_COST),
        number(properties, DEADLINE_PROPERTY, 1, Long.MAX_VALUE, 0),
        (int) number(properties, PRIORITY_PROPERTY, 0, Integer.MAX_VALUE, NO_PRIORITY));
  }

  /**
   * The real cost of another message, as a reply tells it, 0 to {@link #MAX_COST}.
   *
   * @throws IllegalArgumentException with a sentence for the sender if it is not as it should be
   */
  public static int settledCost(Map<String, String> properties) {
    return (int) number(properties, SETTLED_COST_PROPERTY, 0, MAX_COST, USUAL_COST);
  }

  private static void checkKey(String property, String key) {
    if (key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES || key.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the property '%s' is a fairness key of at most %d bytes without a zero character"
              .formatted(property, MAX_KEY_BYTES));
    }
  }

  private static long number(
      Map<String, String> properties, String name, long min, long max, long otherwise) {
    @Nullable String text = properties.get(name);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text.strip());
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "the property '%s' is an integer from %d to %d, not '%s'".formatted(name, min, max, text));
  }

  public Demand with(int otherPriority) {
    return new Demand(key, cost, deadlineMillis, otherPriority);
  }

  /** Whether the log must keep more of it than its queue tells. */
  public boolean isUsual() {
    return cost == USUAL_COST && deadlineMillis == 0;
  }
}
