package io.rivulet.engine.scheduling;

import java.util.Map;

/** Immutable. What is allowed as a weight. */
final class Weights {
  static final int MAX = 1_000_000;

  private Weights() {}

  static void check(String what, Map<?, Integer> weights) {
    weights.forEach((name, weight) -> {
      if (weight < 1 || weight > MAX) {
        throw new IllegalArgumentException(
            "the weight of %s '%s' is 1 to %d, not %d".formatted(what, name, MAX, weight));
      }
    });
  }
}
