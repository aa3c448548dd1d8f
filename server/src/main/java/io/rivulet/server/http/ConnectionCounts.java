package io.rivulet.server.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Safe for all threads. How many connections over HTTP there are and may be. */
public final class ConnectionCounts {
  private final int max;
  private final AtomicInteger open = new AtomicInteger();
  private final LongAdder refused = new LongAdder();

  public ConnectionCounts(int max) {
    this.max = max;
  }

  /** Whether there is room for one more; {@link #closed} is said in any case. */
  boolean opened() {
    if (open.incrementAndGet() <= max) {
      return true;
    }
    refused.increment();
    return false;
  }

  void closed() {
    open.decrementAndGet();
  }

  public int open() {
    return open.get();
  }

  /** Those that were closed at once because there were too many. */
  public long refused() {
    return refused.sum();
  }
}
