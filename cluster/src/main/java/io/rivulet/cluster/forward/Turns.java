package io.rivulet.cluster.forward;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: one lock. Small calls overtake large ones on their way to a node, but never
 * one that brings something into the same lite topic or message group before them: who might be
 * overtaken takes a turn, and who is in one of its {@linkplain Lanes lanes} waits until it is over.
 */
final class Turns {
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final ArrayDeque<Turn> turns = new ArrayDeque<>();

  private volatile boolean isEmpty = true;

  /** Calls of {@link #letCome} that are not done with. */
  private final AtomicInteger wanted = new AtomicInteger();

  /** Safe for all threads: under the lock. */
  final class Turn {
    private final long lanes;

    /** Completes when it has come; whoever gives up waiting leaves. */
    final CompletableFuture<Void> came = new CompletableFuture<>();

    private Turn(long lanes) {
      this.lanes = lanes;
    }

    /** It is over, or is not wanted any more. Does nothing when it is over already. */
    void leave() {
      lock.lock();
      try {
        if (!turns.remove(this)) {
          return;
        }
        isEmpty = turns.isEmpty();
      } finally {
        lock.unlock();
      }
      letCome();
    }
  }

  /** Whether nobody has a turn, so that a call that can't be overtaken needs none. */
  boolean isEmpty() {
    return isEmpty;
  }

  /** A turn after all earlier ones with a lane in common. */
  Turn enter(long lanes) {
    Turn turn = new Turn(lanes);
    lock.lock();
    try {
      turns.add(turn);
      isEmpty = false;
    } finally {
      lock.unlock();
    }
    letCome();
    return turn;
  }

  /**
   * Whoever is let come may leave at once, and let the next one come: that is done in a loop, by
   * the one thread that is at it, and not on top of each other.
   */
  private void letCome() {
    if (wanted.getAndIncrement() > 0) {
      return;
    }
    int seen;
    do {
      seen = wanted.get();
      coming().forEach(each -> each.came.complete(null));
    } while (wanted.addAndGet(-seen) > 0);
  }

  private List<Turn> coming() {
    List<Turn> coming = new ArrayList<>(1);
    lock.lock();
    try {
      long ahead = 0;
      for (Turn each : turns) {
        if ((each.lanes & ahead) == 0 && !each.came.isDone()) {
          coming.add(each);
        }
        ahead |= each.lanes;
      }
    } finally {
      lock.unlock();
    }
    return coming;
  }
}
