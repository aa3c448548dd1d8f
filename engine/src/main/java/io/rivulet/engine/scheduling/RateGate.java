package io.rivulet.engine.scheduling;

/** Owned by one thread. What keeps to a {@link Rate}, with a bucket of its own or another's. */
public interface RateGate {
  /** When more may pass is not known; who waits is told. */
  long UNKNOWN = Long.MAX_VALUE;

  Rate rate();

  /**
   * The earliest time at which this amount may pass if nothing else does; {@code nowMillis} if it
   * may now; {@link #UNKNOWN}.
   */
  long openAt(long nowMillis, long amount);

  /** The amount has passed. */
  void take(long nowMillis, long amount);

  /** Whether a new one would do as well. */
  boolean isIdle(long nowMillis);
}
