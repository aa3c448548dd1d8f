package io.rivulet.cluster.forward;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: one lock. Bytes of bodies that are on their way between this node and
 * others, whole in memory on both sides. Who finds no room waits for it, in the order of coming.
 *
 * <p>What is larger than all of it is let in alone.
 */
public final class LinkBudget {
  /** What is smaller is not counted, and waits for nobody. */
  static final long SMALL_BYTES = 16 << 10;

  private record Waiting(long bytes, CompletableFuture<Void> room) {}

  private final long most;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  @GuardedBy("lock")
  private long used;

  public LinkBudget(long mostBytes) {
    most = mostBytes;
  }

  /**
   * Asks for room. Whoever gives up waiting cancels the future; whoever got the room must
   * {@linkplain #leave leave} it with the same number.
   */
  CompletableFuture<Void> enter(long bytes) {
    if (bytes <= SMALL_BYTES) {
      return CompletableFuture.completedFuture(null);
    }
    Waiting here = new Waiting(Math.min(bytes, most), new CompletableFuture<>());
    lock.lock();
    try {
      waiting.add(here);
    } finally {
      lock.unlock();
    }
    letIn();
    return here.room;
  }

  void leave(long bytes) {
    if (bytes <= SMALL_BYTES) {
      return;
    }
    lock.lock();
    try {
      used -= Math.min(bytes, most);
    } finally {
      lock.unlock();
    }
    letIn();
  }

  private void letIn() {
    List<Waiting> admitted = new ArrayList<>(1);
    lock.lock();
    try {
      for (Waiting next = waiting.peek(); next != null; next = waiting.peek()) {
        boolean isGone = next.room.isDone();
        if (!isGone && used + next.bytes > most) {
          break;
        }
        waiting.remove();
        if (!isGone) {
          used += next.bytes;
          admitted.add(next);
        }
      }
    } finally {
      lock.unlock();
    }
    for (Waiting each : admitted) {
      if (!each.room.complete(null)) {
        leave(each.bytes);
      }
    }
  }

  /** Bytes on their way now. */
  public long usedBytes() {
    lock.lock();
    try {
      return used;
    } finally {
      lock.unlock();
    }
  }
}
