package io.rivulet.cluster.transfer;

import io.rivulet.engine.time.Clock;

/**
 * Safe for all threads: one volatile number. What logs take for the time of day while they are
 * filled: when that which is appended was stored first. So retention goes on as if nothing had
 * happened.
 */
public final class StoreTime implements Clock {
  private final Clock clock;
  private volatile long millis;

  public StoreTime(Clock clock) {
    this.clock = clock;
    millis = clock.wallMillis();
  }

  /** What is appended from now on was stored then, milliseconds since the epoch; 0: now. */
  public void set(long storeMillis) {
    millis = storeMillis == 0 ? clock.wallMillis() : storeMillis;
  }

  @Override
  public long wallMillis() {
    return millis;
  }

  @Override
  public long nanos() {
    return clock.nanos();
  }
}
