package io.rivulet.engine.shard;

/** Owned by the shard thread. Something that {@link Timers} can wake. */
abstract class Timed {
  /** Where it stands in the heap of the timers; -1: nowhere. */
  int heapIndex = -1;

  private long timerAt = Timers.NEVER;

  /** When it will be woken; {@link Timers#NEVER} if it will not. */
  long timerAt() {
    return timerAt;
  }

  void timerAt(long millis) {
    timerAt = millis;
  }
}
