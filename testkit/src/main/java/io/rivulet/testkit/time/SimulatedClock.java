package io.rivulet.testkit.time;

import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Safe for all threads: two atomics. A clock that stands still until it is told to move.
 *
 * <p>{@link #advance} moves both hands, as time does; {@link #jumpWall} moves the wall clock alone,
 * as an operator or a time server does.
 */
public final class SimulatedClock implements Clock {
  /** 2026-01-01T00:00:00Z: where a clock begins that is not told otherwise. */
  public static final long DEFAULT_START_MILLIS = 1_767_225_600_000L;

  private final AtomicLong wallOffsetMillis;
  private final AtomicLong elapsedNanos = new AtomicLong();

  public SimulatedClock() {
    this(DEFAULT_START_MILLIS);
  }

  public SimulatedClock(long startMillis) {
    wallOffsetMillis = new AtomicLong(startMillis);
  }

  @Override
  public long wallMillis() {
    return wallOffsetMillis.get() + elapsedNanos.get() / 1_000_000;
  }

  @Override
  public long nanos() {
    return elapsedNanos.get();
  }

  /** Lets time pass. */
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("time does not go back: " + duration);
    }
    elapsedNanos.addAndGet(duration.toNanos());
  }

  public void advanceMillis(long millis) {
    advance(Duration.ofMillis(millis));
  }

  /** Sets the wall clock forward or back without any time passing. */
  public void jumpWall(Duration jump) {
    wallOffsetMillis.addAndGet(jump.toMillis());
  }
}
