package io.rivulet.cluster.ledger;

import io.rivulet.engine.log.LogListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a volatile position, a lock for who waits; whoever comes first tells for
 * all. How far a log is acknowledged, and who wants to know.
 */
final class Acknowledgements {
  private record Waiter(long position, CompletableFuture<Void> done) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicInteger telling = new AtomicInteger();
  // Under the lock.
  private final List<Waiter> waiters = new ArrayList<>();
  private @Nullable IOException broken;
  private volatile long end;
  // Changed by the one who tells.
  private volatile long told;
  private volatile @Nullable LogListener listener;

  Acknowledgements(long end) {
    this.end = end;
    told = end;
  }

  /** Sets who hears, once. */
  void listen(LogListener newListener) {
    lock.lock();
    try {
      if (listener != null) {
        throw new IllegalStateException("the log was already started");
      }
      listener = newListener;
    } finally {
      lock.unlock();
    }
  }

  boolean isListenedTo() {
    return listener != null;
  }

  /** Everything below it is acknowledged. */
  long end() {
    return end;
  }

  /** The end has moved on; {@link #tell} follows when the caller holds no lock. */
  void reached(long newEnd) {
    end = newEnd;
  }

  /**
   * Tells what is new. Nobody waits here for a listener: while one thread tells, the others only
   * leave word that there is more.
   */
  void tell() {
    if (end == told || telling.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      LogListener hears = listener;
      long reached = end;
      if (reached > told) {
        told = reached;
        if (hears != null) {
          hears.written(reached);
          hears.durable(reached);
        }
        release(reached);
      }
      seen = telling.addAndGet(-seen);
    }
  }

  /** Nothing more will be acknowledged. */
  void fail(IOException cause, boolean isTold) {
    List<Waiter> failed;
    lock.lock();
    try {
      broken = cause;
      failed = List.copyOf(waiters);
      waiters.clear();
    } finally {
      lock.unlock();
    }
    failed.forEach(waiter -> waiter.done.completeExceptionally(cause));
    LogListener hears = listener;
    if (isTold && hears != null) {
      hears.failed(cause);
    }
  }

  /** Completes when everything below a position is acknowledged, or fails if it never will be. */
  CompletableFuture<Void> reach(long position) {
    Waiter waiter = new Waiter(position, new CompletableFuture<>());
    lock.lock();
    try {
      if (position <= end) {
        return CompletableFuture.completedFuture(null);
      }
      if (broken != null) {
        return CompletableFuture.failedFuture(broken);
      }
      waiters.add(waiter);
    } finally {
      lock.unlock();
    }
    // It may have been reached between the look and the adding.
    release(end);
    return waiter.done;
  }

  private void release(long reached) {
    List<Waiter> released = new ArrayList<>();
    lock.lock();
    try {
      waiters.removeIf(waiter -> waiter.position <= reached && released.add(waiter));
    } finally {
      lock.unlock();
    }
    released.forEach(waiter -> waiter.done.complete(null));
  }
}
