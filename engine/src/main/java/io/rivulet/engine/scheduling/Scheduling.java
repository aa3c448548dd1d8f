package io.rivulet.engine.scheduling;

import java.util.Optional;

/**
 * Immutable. How a consumer group is served.
 *
 * @param limits of the group as a whole
 * @param clientConcurrency messages that one client may hold and not have acknowledged, from 1; 0:
 *     without bound
 * @param fairness empty: within a priority, what has waited longest is next
 * @param isAdaptive whether each client is handed only as many messages as its acknowledgements say
 *     that it can do
 */
public record Scheduling(
    Limits limits,
    int clientConcurrency,
    PriorityRule priorities,
    Optional<Fairness> fairness,
    boolean isAdaptive) {
  public static final Scheduling PLAIN =
      new Scheduling(Limits.NONE, 0, new PriorityRule.Strict(), Optional.empty(), false);

  public Scheduling {
    if (clientConcurrency < 0) {
      throw new IllegalArgumentException(
          "a client's concurrency limit is at least 1, or 0 for none, not " + clientConcurrency);
    }
  }
}
