package io.rivulet.engine.shard;

import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * Owned by the shard thread. Wakes things at a time: each at most once, at the earliest time it
 * asked for. Whoever is woken looks for itself what is due and asks again.
 *
 * <p>A binary heap in an array whose members know their place, so that a thing stands in it at most
 * once and leaves it when it is done: what has been answered is not held until its time. Asking,
 * cancelling and waking are O(log n).
 */
final class Timers {
  static final long NEVER = Long.MAX_VALUE;

  private Timed[] heap = new Timed[64];
  private int size;

  /** Wakes it at this time, unless it is woken earlier anyway. */
  void wakeAt(Timed timed, long millis) {
    if (millis >= timed.timerAt()) {
      return;
    }
    timed.timerAt(millis);
    if (timed.heapIndex < 0) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      place(timed, size++);
    }
    siftUp(timed.heapIndex);
  }

  /** Does not wake it. */
  void cancel(Timed timed) {
    int at = timed.heapIndex;
    if (at < 0) {
      return;
    }
    timed.heapIndex = -1;
    timed.timerAt(NEVER);
    Timed last = removeLast();
    if (at < size) {
      place(last, at);
      siftDown(at);
      siftUp(last.heapIndex);
    }
  }

  /** When something is to be woken next; {@link #NEVER} if nothing is. */
  long nextMillis() {
    return size == 0 ? NEVER : heap[0].timerAt();
  }

  /** Wakes what is due, at most {@code limit} things, so that other work gets its turn. */
  int advance(long nowMillis, int limit, BiConsumer<Timed, Long> wake) {
    int woken = 0;
    while (woken < limit && size > 0 && heap[0].timerAt() <= nowMillis) {
      Timed first = heap[0];
      cancel(first);
      wake.accept(first, nowMillis);
      woken++;
    }
    return woken;
  }

  int size() {
    return size;
  }

  @SuppressWarnings("NullAway") // the vacated slot of the heap
  private Timed removeLast() {
    Timed last = heap[--size];
    heap[size] = null;
    return last;
  }

  private void place(Timed timed, int at) {
    heap[at] = timed;
    timed.heapIndex = at;
  }

  private void siftUp(int from) {
    Timed timed = heap[from];
    int at = from;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (heap[parent].timerAt() <= timed.timerAt()) {
        break;
      }
      place(heap[parent], at);
      at = parent;
    }
    place(timed, at);
  }

  private void siftDown(int from) {
    Timed timed = heap[from];
    int at = from;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && heap[child + 1].timerAt() < heap[child].timerAt()) {
        child++;
      }
      if (timed.timerAt() <= heap[child].timerAt()) {
        break;
      }
      place(heap[child], at);
      at = child;
    }
    place(timed, at);
  }
}
