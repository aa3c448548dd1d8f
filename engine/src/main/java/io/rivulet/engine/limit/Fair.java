package io.rivulet.engine.limit;

import java.util.Arrays;

/** Immutable. Max-min fairness. */
final class Fair {
  private Fair() {}

  /**
   * What one of several gets: who wants little gets it, and what is left goes to the others in
   * equal parts.
   *
   * @param wants of all, also of the one
   */
  static double part(double supply, double want, double[] wants) {
    double[] sorted = wants.clone();
    Arrays.sort(sorted);
    double left = supply;
    for (int i = 0; i < sorted.length; i++) {
      double equal = left / (sorted.length - i);
      if (want <= sorted[i] || sorted[i] > equal) {
        return Math.min(want, equal);
      }
      left -= sorted[i];
    }
    return Math.min(want, left);
  }
}
