package io.rivulet.engine.scheduling;

import java.util.Optional;

/**
 * Immutable. What may be handed out: to a group, or to each of its fairness keys.
 *
 * @param messages how many messages
 * @param cost how much cost ({@link Demand#cost})
 * @param concurrency messages handed out and not acknowledged, from 1; 0: without bound
 */
public record Limits(Optional<Rate> messages, Optional<Rate> cost, int concurrency) {
  public static final Limits NONE = new Limits(Optional.empty(), Optional.empty(), 0);

  public Limits {
    if (concurrency < 0) {
      throw new IllegalArgumentException(
          "a concurrency limit is at least 1, or 0 for none, not " + concurrency);
    }
  }
}
