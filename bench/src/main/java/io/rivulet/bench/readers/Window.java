package io.rivulet.bench.readers;

/**
 * Safe for all threads: volatile. Which messages are measured: those that were due in a stretch of
 * time, and none before {@link #begin}.
 */
public final class Window {
  private volatile long beginNanos;
  private volatile long endNanos;

  /** From now on. */
  public void begin() {
    long now = System.nanoTime();
    endNanos = Long.MAX_VALUE;
    beginNanos = now;
  }

  /** Those that are due later no more. */
  public void end() {
    endNanos = System.nanoTime();
  }

  boolean holds(long dueNanos) {
    long begin = beginNanos;
    return begin != 0 && dueNanos - begin >= 0 && dueNanos < endNanos;
  }
}
