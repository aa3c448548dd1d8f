package io.rivulet.cluster.ownership;

import java.time.Duration;

/**
 * Owned by one thread. What a shard has to do on average: of all that was measured at first, later
 * of the newest, each of which counts less the older it is.
 *
 * <p>A move pays only if what was seen lasts, and bursts of seconds do not: shards that followed
 * them would be on their way all the time.
 */
final class LoadAverage {
  private final double leastPart;
  private final long countToKnow;
  private double average;
  private long count;

  /**
   * Makes one that knows nothing yet.
   *
   * @param interval between two that are added
   * @param memory what is so old counts about a third of what is new
   * @param timeToKnow for so long it is chance what was seen
   */
  LoadAverage(Duration interval, Duration memory, Duration timeToKnow) {
    leastPart = Math.min(1, (double) interval.toNanos() / memory.toNanos());
    countToKnow = Math.ceilDiv(timeToKnow.toNanos(), interval.toNanos());
  }

  void add(double measured) {
    count++;
    average += Math.max(1.0 / count, leastPart) * (measured - average);
  }

  boolean isKnown() {
    return count >= countToKnow;
  }

  double average() {
    return average;
  }
}
