package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.scheduling.Rate;
import java.util.List;

/** Immutable. Whether what passed kept to a rate in every stretch of time. */
record Windows(Rate rate) {
  /** For what is lost to the millisecond in which a window begins and ends. */
  private static final double SLACK_MILLIS = 1;

  /**
   * Looks at every window that begins and ends with something.
   *
   * @param largest the largest amount, which may be missing at the end of a window
   */
  void check(List<Long> times, List<Integer> amounts, int largest, long endMillis) {
    double perMilli = rate.perSecond() / 1000;
    for (int from = 0; from < times.size(); from++) {
      long sum = 0;
      for (int to = from; to < times.size(); to++) {
        sum += amounts.get(to);
        double window = times.get(to) - times.get(from) + SLACK_MILLIS;
        assertThat((double) sum)
            .as("passed from %d to %d ms", times.get(from), times.get(to))
            .isLessThanOrEqualTo(window * perMilli + rate.burst());
      }
      double left = endMillis - times.get(from) - SLACK_MILLIS;
      assertThat((double) sum)
          .as("passed from %d ms to the end", times.get(from))
          .isGreaterThanOrEqualTo(0.99 * left * perMilli - largest - 1);
    }
  }
}
