package io.rivulet.cluster.ownership;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * Owned by one thread. What a shard has to do on average: the mean of all that was measured, and
 * when that is more than the memory, each new value counts for its part of the memory and what is
 * older fades.
 *
 * <p>A move pays only if what was seen lasts, and bursts of seconds do not: shards that followed
 * them would be on their way all the time.
 */
final class LoadAverage {
  /** What was seen for less than this may be chance. */
  private static final Duration TIME_TO_KNOW = Duration.ofMinutes(1);

  private final double leastPart;
  private final long countToKnow;
  private double average;
  private long count;

  /**
   * Makes one.
   *
   * @param interval between two that are added
   * @param memory what is so old counts about a third of what is new
   * @param before what was known of the shard, which counts as long as the memory
   */
  LoadAverage(Duration interval, Duration memory, OptionalLong before) {
    leastPart = Math.min(1, (double) interval.toNanos() / memory.toNanos());
    Duration toKnow = TIME_TO_KNOW.compareTo(memory) < 0 ? TIME_TO_KNOW : memory;
    countToKnow = Math.ceilDiv(toKnow.toNanos(), interval.toNanos());
    if (before.isPresent()) {
      average = before.getAsLong();
      count = Math.max(countToKnow, Math.round(1 / leastPart));
    }
  }

  void add(double measured) {
    count++;
    average += Math.max(1.0 / count, leastPart) * (measured - average);
  }

  /** Whether it is more than chance. */
  boolean isKnown() {
    return count >= countToKnow;
  }

  double average() {
    return average;
  }
}
