package io.rivulet.server.grpc;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * Safe for all threads: a fair semaphore and a counter. The bytes of large replies that may be in
 * memory at the same time, from before they are read until the network has taken them; the next
 * reply waits.
 */
public final class ReplyBudget {
  private static final int UNIT_BYTES = 1 << 10;

  private final int units;
  private final Semaphore free;
  private final Duration timeout;
  private final ChunkPool chunks;
  private final LongAdder late = new LongAdder();

  /**
   * An unused budget.
   *
   * @param maxBytes a reply of more takes all of it and is alone
   * @param timeout how long the network may take to take a reply
   */
  public ReplyBudget(long maxBytes, Duration timeout) {
    this.timeout = timeout;
    chunks = new ChunkPool(maxBytes);
    units = Math.clamp(maxBytes / UNIT_BYTES, 1, Integer.MAX_VALUE);
    free = new Semaphore(units, true);
  }

  /** Waits until there is room, in order of arrival; called on virtual threads. */
  public void take(long bytes) {
    free.acquireUninterruptibly(unitsOf(bytes));
  }

  public void giveBack(long bytes) {
    free.release(unitsOf(bytes));
  }

  private int unitsOf(long bytes) {
    return Math.clamp((bytes + UNIT_BYTES - 1) / UNIT_BYTES, 0, units);
  }

  /** What their bodies are loaded into; as large as the budget, and beside it. */
  public ChunkPool chunks() {
    return chunks;
  }

  /** After this long in memory a reply is to be broken off. */
  public Duration timeout() {
    return timeout;
  }

  public void countLate() {
    late.increment();
  }

  public long lateReplies() {
    return late.sum();
  }

  public long bytesInUse() {
    return (long) (units - free.availablePermits()) * UNIT_BYTES;
  }

  public long maxBytes() {
    return (long) units * UNIT_BYTES;
  }
}
