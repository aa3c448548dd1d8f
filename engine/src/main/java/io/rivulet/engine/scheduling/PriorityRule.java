package io.rivulet.engine.scheduling;

import java.time.Duration;
import java.util.Map;

/** Immutable. Which priority of what waits in a group is served next. */
public sealed interface PriorityRule {
  /** The highest always. */
  record Strict() implements PriorityRule {}

  /**
   * Each priority gets a share of the cost that is handed out, in proportion to its weight.
   *
   * @param weights by priority; a priority that is not named has the weight of the next lower one
   *     that is, or 1; each 1 to 1,000,000
   */
  record Weighted(Map<Integer, Integer> weights) implements PriorityRule {
    public Weighted {
      weights = Map.copyOf(weights);
      Weights.check("priority", weights);
    }
  }

  /**
   * The highest, but a message gains a level for each {@code step} that it has waited, so that the
   * lowest is served within a bounded time.
   *
   * @param step from 1 ms
   */
  record Aging(Duration step) implements PriorityRule {
    public Aging {
      if (step.toMillis() < 1) {
        throw new IllegalArgumentException(
            "the wait after which a message gains a level is at least 1 ms, not " + step);
      }
    }
  }
}
