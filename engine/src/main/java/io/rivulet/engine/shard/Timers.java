package io.rivulet.engine.shard;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;

/**
 * Owned by the shard thread. Wakes things at a time: each at most once, at the earliest time it
 * asked for. Whoever is woken looks for itself what is due and asks again.
 *
 * <p>An ordered heap with lazy removal: asking for an earlier time leaves the later entry behind,
 * which is dropped when it comes up. The heap is bounded by two entries per thing in practice.
 */
final class Timers {
  static final long NEVER = Long.MAX_VALUE;

  /** Something that can be woken. It keeps its own time for us. */
  interface Timed {
    /** When it will be woken; {@link #NEVER} if it will not. */
    long timerAt();

    void timerAt(long millis);
  }

  private record Entry(long millis, long order, Timed timed) {}

  private final PriorityQueue<Entry> heap =
      new PriorityQueue<>(Comparator.comparingLong(Entry::millis).thenComparingLong(Entry::order));
  private long order;

  /** Wakes it at this time, unless it is woken earlier anyway. */
  void wakeAt(Timed timed, long millis) {
    if (millis < timed.timerAt()) {
      timed.timerAt(millis);
      heap.add(new Entry(millis, order++, timed));
    }
  }

  /** When something is to be woken next; {@link #NEVER} if nothing is. */
  long nextMillis() {
    Entry first = heap.peek();
    return first == null ? NEVER : first.millis;
  }

  /** Wakes what is due, at most {@code limit} things, so that other work gets its turn. */
  int advance(long nowMillis, int limit, BiConsumer<Timed, Long> wake) {
    int woken = 0;
    while (woken < limit) {
      Entry first = heap.peek();
      if (first == null || first.millis > nowMillis) {
        return woken;
      }
      heap.poll();
      if (first.timed.timerAt() == first.millis) {
        first.timed.timerAt(NEVER);
        wake.accept(first.timed, nowMillis);
        woken++;
      }
    }
    return woken;
  }

  int size() {
    return heap.size();
  }
}
