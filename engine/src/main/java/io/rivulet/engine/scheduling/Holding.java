package io.rivulet.engine.scheduling;

/**
 * Immutable. How many sends may be held for room at a time ({@link Backpressure#hold}); beyond it
 * they are refused at once.
 *
 * @param maxHeldSends of one topic, from 1
 * @param maxHeldBytes of all topics together, from 64 KiB
 */
public record Holding(int maxHeldSends, long maxHeldBytes) {
  public static Holding defaults() {
    return new Holding(1024, 16 << 20);
  }
}
