package io.rivulet.server.network;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Safe for all threads: atomic counters. The request bytes that may be in memory at the same time,
 * from their arrival until the call has ended.
 */
public final class RequestBudget {
  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();
  private final LongAdder refusals = new LongAdder();

  public RequestBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Notes bytes that have arrived; whether they are still within the budget. */
  public boolean take(long count) {
    return bytes.addAndGet(count) <= maxBytes;
  }

  /** They are in memory no more. */
  public void giveBack(long count) {
    bytes.addAndGet(-count);
  }

  public void countRefusal() {
    refusals.increment();
  }

  public long bytesInUse() {
    return bytes.get();
  }

  public long refusals() {
    return refusals.sum();
  }

  public long maxBytes() {
    return maxBytes;
  }
}
