package io.rivulet.engine.scheduling;

import java.util.Map;

/**
 * Immutable. How a group shares what it hands out between fairness keys, for example tenants: by
 * the Virtual Token Counter algorithm (Sheng et al., "Fairness in Serving Large Language Models",
 * OSDI 2024).
 *
 * @param property the message property whose value is the fairness key; 1 to 255 characters
 * @param weights by key; a key that is not named has the weight 1; each 1 to 1,000,000; at most
 *     10,000 keys
 * @param perKey what each key may take
 */
public record Fairness(String property, Map<String, Integer> weights, Limits perKey) {
  /** The property of a topic whose groups name none. */
  public static final String DEFAULT_PROPERTY = "rivulet-fairness-key";

  private static final int MAX_PROPERTY_LENGTH = 255;
  private static final int MAX_WEIGHTS = 10_000;

  public Fairness {
    weights = Map.copyOf(weights);
    if (property.isBlank() || property.length() > MAX_PROPERTY_LENGTH) {
      throw new IllegalArgumentException(
          "the property with the fairness key has 1 to %d characters, not '%s'"
              .formatted(MAX_PROPERTY_LENGTH, property));
    }
    if (weights.size() > MAX_WEIGHTS) {
      throw new IllegalArgumentException(
          "at most %d fairness keys have a weight, not %d".formatted(MAX_WEIGHTS, weights.size()));
    }
    Weights.check("the fairness key", weights);
  }

  public int weightOf(String key) {
    return weights.getOrDefault(key, 1);
  }
}
