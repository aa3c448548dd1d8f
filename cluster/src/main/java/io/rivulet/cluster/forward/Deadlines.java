package io.rivulet.cluster.forward;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.cluster.Timer;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: one lock, held for a few steps. Ends what takes too long: a wheel of ticks,
 * since most calls end long before their time, and neither setting nor forgetting a deadline may
 * cost anything. Deadlines are kept to a tick, and never come early.
 */
public final class Deadlines {
  static final Duration TICK = Duration.ofMillis(100);
  private static final int SLOTS = 512;

  private final Timer timer;
  private final Clock clock;
  private final long originNanos;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final @Nullable Deadline[] slots = new @Nullable Deadline[SLOTS];

  @GuardedBy("lock")
  private long tick;

  @GuardedBy("lock")
  private int count;

  @GuardedBy("lock")
  private boolean isTicking;

  public Deadlines(Timer timer, Clock clock) {
    this.timer = timer;
    this.clock = clock;
    originNanos = clock.nanos();
  }

  /** Safe for all threads: its links are guarded by the wheel's lock. */
  final class Deadline {
    private final long dueTick;
    private final Runnable task;
    private @Nullable Deadline before;
    private @Nullable Deadline after;
    private boolean isSet = true;

    private Deadline(long dueTick, Runnable task) {
      this.dueTick = dueTick;
      this.task = task;
    }

    /** It need not be kept any more; if it is over already its task runs. */
    void forget() {
      lock.lock();
      try {
        unlink(this);
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Runs the task when so much time is over.
   *
   * @param task must not wait
   */
  Deadline in(Duration time, Runnable task) {
    long due = (clock.nanos() - originNanos + time.toNanos()) / TICK.toNanos() + 1;
    Deadline deadline = new Deadline(due, task);
    boolean begins;
    lock.lock();
    try {
      int slot = (int) (due % SLOTS);
      Deadline first = slots[slot];
      deadline.after = first;
      if (first != null) {
        first.before = deadline;
      }
      slots[slot] = deadline;
      count++;
      begins = !isTicking;
      if (begins) {
        isTicking = true;
        tick = (clock.nanos() - originNanos) / TICK.toNanos();
      }
    } finally {
      lock.unlock();
    }
    if (begins) {
      timer.after(TICK, this::turn);
    }
    return deadline;
  }

  @GuardedBy("lock")
  private void unlink(Deadline deadline) {
    if (!deadline.isSet) {
      return;
    }
    deadline.isSet = false;
    Deadline before = deadline.before;
    Deadline after = deadline.after;
    if (after != null) {
      after.before = before;
    }
    if (before != null) {
      before.after = after;
    } else {
      slots[(int) (deadline.dueTick % SLOTS)] = after;
    }
    count--;
  }

  private void turn() {
    long now = (clock.nanos() - originNanos) / TICK.toNanos();
    List<Deadline> due = new ArrayList<>();
    boolean goesOn;
    lock.lock();
    try {
      // After a long pause each slot is looked at once.
      for (long each = Math.max(tick + 1, now - SLOTS + 1); each <= now; each++) {
        for (Deadline next = slots[(int) (each % SLOTS)]; next != null; ) {
          Deadline following = next.after;
          if (next.dueTick <= now) {
            unlink(next);
            due.add(next);
          }
          next = following;
        }
      }
      tick = Math.max(tick, now);
      goesOn = count > 0;
      isTicking = goesOn;
    } finally {
      lock.unlock();
    }
    if (goesOn) {
      timer.after(TICK, this::turn);
    }
    due.forEach(each -> each.task.run());
  }

  /** How many there are. */
  int count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }
}
