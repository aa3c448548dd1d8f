package io.rivulet.engine.time;

/** Safe for all threads: stateless. Tells the time; simulations pass their own. */
public interface Clock {
  /** Wall clock in milliseconds since the epoch. May jump in either direction. */
  long wallMillis();

  /** Monotonic nanoseconds from an arbitrary origin; never goes back. */
  long nanos();

  /** The machine's own clock. */
  static Clock system() {
    return new Clock() {
      @Override
      public long wallMillis() {
        return System.currentTimeMillis();
      }

      @Override
      public long nanos() {
        return System.nanoTime();
      }
    };
  }
}
