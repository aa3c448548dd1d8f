package io.rivulet.server.demo.gateway;

import java.util.Collection;
import java.util.List;

/** Immutable. Figures out of what was measured. */
final class Statistics {
  private Statistics() {}

  /**
   * The smallest of the values that at least this part of them does not exceed; 0 if there is none.
   *
   * @param part from 0 to 1, such as 0.99
   */
  static long percentile(Collection<Long> values, double part) {
    List<Long> sorted = values.stream().sorted().toList();
    if (sorted.isEmpty()) {
      return 0;
    }
    int rank = (int) Math.ceil(part * sorted.size());
    return sorted.get(Math.clamp(rank - 1, 0, sorted.size() - 1));
  }

  /**
   * Jain's index of fairness: 1 if all are equal, 1/n if one of n has everything; 1 if nobody has
   * anything.
   */
  static double jain(Collection<Double> shares) {
    double sum = 0;
    double squares = 0;
    for (double share : shares) {
      sum += share;
      squares += share * share;
    }
    return squares == 0 ? 1 : sum * sum / (shares.size() * squares);
  }

  /**
   * When workers that never pause and can share every request would be ready, in nanoseconds: no
   * order of service is done earlier.
   *
   * @param arrivals in the order of their time
   * @param tokensPerSecond what they can do together
   */
  static long idealNanos(List<Arrival> arrivals, double tokensPerSecond) {
    double readyNanos = 0;
    for (Arrival each : arrivals) {
      readyNanos =
          Math.max(readyNanos, (double) each.atNanos())
              + (double) each.cost() * 1e9 / tokensPerSecond;
    }
    return (long) readyNanos;
  }
}
