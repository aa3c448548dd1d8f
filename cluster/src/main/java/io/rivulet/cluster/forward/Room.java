package io.rivulet.cluster.forward;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** Safe for all threads: given back once. Room in a budget, or the wait for it. */
final class Room {
  private final LinkBudget budget;
  private final CompletableFuture<Void> entered;
  private final long bytes;
  private final AtomicBoolean isClosed = new AtomicBoolean();

  Room(LinkBudget budget, CompletableFuture<Void> entered, long bytes) {
    this.budget = budget;
    this.entered = entered;
    this.bytes = bytes;
  }

  /** Gives it back, or waits for it no more. */
  void close() {
    if (isClosed.compareAndSet(false, true) && !entered.cancel(false)) {
      budget.leave(bytes);
    }
  }
}
