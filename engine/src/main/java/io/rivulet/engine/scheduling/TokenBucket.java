package io.rivulet.engine.scheduling;

/**
 * Owned by one thread. Keeps to a {@link Rate}: in any stretch of time no more passes than its rate
 * allows for that time, and the burst once.
 *
 * <p>An amount above the burst passes when the bucket is full and leaves a debt behind, so that it
 * is delayed and never refused; the bound holds for it from the time on at which the debt is paid.
 *
 * <p>Time is given by the caller, in milliseconds that never go back. Between two of them allowance
 * grows continuously, so a caller that comes late loses nothing as long as the bucket is not full.
 */
public final class TokenBucket implements RateGate {
  /** Less than any amount, more than what additions of fractions lose. */
  private static final double TOLERANCE = 1e-6;

  private static final double MAX_WAIT_MILLIS = 1e15;

  private final Rate rate;
  private double tokens;
  private long atMillis;

  private TokenBucket(Rate rate, double tokens, long nowMillis) {
    this.rate = rate;
    this.tokens = tokens;
    atMillis = nowMillis;
  }

  /** A bucket after a quiet time: the burst may pass at once. */
  public static TokenBucket full(Rate rate, long nowMillis) {
    return new TokenBucket(rate, rate.burst(), nowMillis);
  }

  /** A bucket of which nobody knows what passed before. */
  public static TokenBucket empty(Rate rate, long nowMillis) {
    return new TokenBucket(rate, 0, nowMillis);
  }

  /** A bucket with so much in it, at most the burst. */
  public static TokenBucket holding(Rate rate, double tokens, long nowMillis) {
    return new TokenBucket(rate, Math.min((double) rate.burst(), tokens), nowMillis);
  }

  @Override
  public Rate rate() {
    return rate;
  }

  @Override
  public long openAt(long nowMillis, long amount) {
    refill(nowMillis);
    double missing = (double) Math.min(amount, rate.burst()) - tokens;
    if (missing <= TOLERANCE) {
      return nowMillis;
    }
    double millis = Math.ceil((missing - TOLERANCE) * 1000 / rate.perSecond());
    return nowMillis + (long) Math.clamp(millis, 1.0, MAX_WAIT_MILLIS);
  }

  @Override
  public void take(long nowMillis, long amount) {
    refill(nowMillis);
    tokens -= amount;
  }

  @Override
  public boolean isIdle(long nowMillis) {
    return openAt(nowMillis, rate.burst()) <= nowMillis;
  }

  /** What may pass now; below 0: a debt. */
  public double tokens(long nowMillis) {
    refill(nowMillis);
    return tokens;
  }

  /** Takes as much as there is, at most so much, and answers how much. */
  public double takeUpTo(long nowMillis, double most) {
    refill(nowMillis);
    double taken = Math.max(0, Math.min(tokens, most));
    tokens -= taken;
    return taken;
  }

  private void refill(long nowMillis) {
    if (nowMillis > atMillis) {
      tokens =
          Math.min(
              (double) rate.burst(),
              tokens + (double) (nowMillis - atMillis) * (rate.perSecond() / 1000));
      atMillis = nowMillis;
    }
  }
}
