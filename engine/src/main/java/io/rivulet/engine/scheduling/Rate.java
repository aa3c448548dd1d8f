package io.rivulet.engine.scheduling;

/**
 * Immutable. How much may pass in the long run, and how much at once.
 *
 * @param perSecond more than 0, at most 1,000,000,000; may be a fraction
 * @param burst what may pass at once after a quiet time, from 1; at least what comes in 10 ms, else
 *     the rate could not be reached
 */
public record Rate(double perSecond, long burst) {
  public static final double MAX_PER_SECOND = 1e9;
  public static final long MAX_BURST = 1L << 50;

  private static final double USUAL_BURST_SECONDS = 0.1;
  private static final double LEAST_BURST_SECONDS = 0.01;

  public Rate {
    if (!(perSecond > 0 && perSecond <= MAX_PER_SECOND)) {
      throw new IllegalArgumentException(
          "a rate is more than 0 and at most 1000000000 a second, not " + perSecond);
    }
    long least = Math.max(1, (long) Math.ceil(perSecond * LEAST_BURST_SECONDS));
    if (burst < least || burst > MAX_BURST) {
      throw new IllegalArgumentException(
          "the burst of a rate of %s a second is %d to %d, not %d"
              .formatted(perSecond, least, MAX_BURST, burst));
    }
  }

  /** With the burst that comes in 100 ms, at least 1. */
  public static Rate of(double perSecond) {
    return new Rate(perSecond, Math.max(1, (long) Math.ceil(perSecond * USUAL_BURST_SECONDS)));
  }
}
