package io.rivulet.storage.log;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: one lock, never held across a disk operation. How far the log has come:
 * appended, written, synced; and who waits for which of these.
 *
 * <p>Invariant: synced &le; written &le; appended.
 */
final class LogEnds {
  /** What the log thread is to do next. */
  record Work(long appended, boolean mustSync, boolean isLast) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition forLogThread = lock.newCondition();
  private final Condition forSyncThread = lock.newCondition();
  private final Condition forWaiters = lock.newCondition();
  // Written by the shard thread.
  private volatile long appended;
  private volatile long awaited;
  // Written under the lock; volatile for those who only look.
  private volatile boolean isLogThreadIdle;
  private volatile long written;
  private volatile long synced;
  private volatile @Nullable Throwable failure;
  // Under the lock.
  private long syncWanted;
  private boolean isSyncThreadIdle;
  private boolean isClosing;

  LogEnds(long end) {
    appended = end;
    written = end;
    synced = end;
    awaited = end;
    syncWanted = end;
  }

  long appended() {
    return appended;
  }

  long written() {
    return written;
  }

  long synced() {
    return synced;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  /** Called by the shard thread; takes the lock only if the log thread may be waiting. */
  void appended(long end, boolean isAwaited) {
    appended = end;
    if (isAwaited) {
      awaited = end;
    }
    if (isLogThreadIdle) {
      lock.lock();
      try {
        forLogThread.signal();
      } finally {
        lock.unlock();
      }
    }
  }

  void written(long end) {
    lock.lock();
    try {
      written = end;
      forWaiters.signalAll();
      if (isSyncThreadIdle || syncWanted > synced) {
        forSyncThread.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  void synced(long end) {
    lock.lock();
    try {
      synced = Math.max(synced, end);
      forWaiters.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Breaks the log for good; true for the first caller, who tells the listener. */
  boolean fail(Throwable cause) {
    lock.lock();
    try {
      boolean isFirst = failure == null;
      if (isFirst) {
        failure = cause;
      }
      signalEveryone();
      return isFirst;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      isClosing = true;
      signalEveryone();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the log thread has something to do.
   *
   * @param syncsAwaited whether this thread syncs what is awaited; otherwise the sync thread does
   * @param lazyNanos after so long, what nobody waits for is synced as well
   */
  Work awaitWork(boolean syncsAwaited, long lazyNanos) {
    lock.lock();
    try {
      long left = lazyNanos;
      // Set before looking once more: either the appender sees it, or this thread the append.
      isLogThreadIdle = true;
      while (!isOver() && appended == written && !mustSync(syncsAwaited, left)) {
        left = awaitOn(forLogThread, syncsAwaited && synced < written, left);
      }
      isLogThreadIdle = false;
      long end = appended;
      boolean isLast = failure != null || (isClosing && end == written);
      return new Work(end, mustSync(syncsAwaited, left), isLast);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until something is written, and then until the interval is over or somebody wants it
   * synced; false when the sync thread is to end.
   */
  boolean awaitSyncTurn(Duration interval) {
    lock.lock();
    try {
      while (!isOver() && written == synced) {
        isSyncThreadIdle = true;
        forSyncThread.awaitUninterruptibly();
      }
      isSyncThreadIdle = false;
      long left = interval.toNanos();
      while (!isOver() && syncWanted <= synced && left > 0) {
        left = awaitOn(forSyncThread, true, left);
      }
      return !isOver();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until everything below a position is synced. */
  void awaitSynced(long position) throws IOException {
    lock.lock();
    try {
      long target = Math.min(position, appended);
      syncWanted = Math.max(syncWanted, target);
      forLogThread.signal();
      forSyncThread.signal();
      while (synced < target && failure == null) {
        forWaiters.awaitUninterruptibly();
      }
      if (synced < target) {
        throw new IOException("the log is broken; synced up to " + synced, failure);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until everything below a position is written, or the log is broken. */
  void awaitWritten(long position) {
    lock.lock();
    try {
      while (written < position && failure == null) {
        forWaiters.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean mustSync(boolean syncsAwaited, long lazyNanosLeft) {
    boolean isWanted = Math.max(awaited, syncWanted) > synced;
    return syncsAwaited && (isWanted || (lazyNanosLeft <= 0 && synced < written));
  }

  private boolean isOver() {
    return isClosing || failure != null;
  }

  private void signalEveryone() {
    forLogThread.signalAll();
    forSyncThread.signalAll();
    forWaiters.signalAll();
  }

  /** Waits for a signal, or for the nanoseconds left; returns what is left of them. */
  @SuppressWarnings("WaitNotInLoop") // its callers loop
  private static long awaitOn(Condition condition, boolean isTimed, long left) {
    if (!isTimed) {
      condition.awaitUninterruptibly();
      return left;
    }
    try {
      return condition.awaitNanos(left);
    } catch (InterruptedException nobodyInterruptsTheseThreads) {
      return left - TimeUnit.MILLISECONDS.toNanos(1);
    }
  }
}
