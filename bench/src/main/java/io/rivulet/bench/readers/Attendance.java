package io.rivulet.bench.readers;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Safe for all threads: counters. Who is there, who was turned away and who was cut off. */
public final class Attendance {
  private final LongAdder open = new LongAdder();
  private final LongAdder opened = new LongAdder();
  private final LongAdder turnedAway = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder cutOff = new LongAdder();
  private final LongAdder inVain = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicReference<String> firstFailure = new AtomicReference<>("");

  void wasOpened() {
    open.increment();
    opened.increment();
  }

  void wasClosed() {
    open.decrement();
  }

  void wasTurnedAway() {
    turnedAway.increment();
  }

  void wasEnded() {
    ended.increment();
  }

  void wasCutOff() {
    cutOff.increment();
  }

  void triedInVain() {
    inVain.increment();
  }

  void failed(String what) {
    failures.increment();
    firstFailure.compareAndSet("", what);
  }

  /** Readers that are served now. */
  public long open() {
    return open.sum();
  }

  /** How often a reader was let in. */
  public long timesOpened() {
    return opened.sum();
  }

  /** Told to come again: 429 or 503 with Retry-After, or REFUSED_STREAM. */
  public long turnedAway() {
    return turnedAway.sum();
  }

  /** Ended by the server, in good order. */
  public long ended() {
    return ended.sum();
  }

  /** Lost with their connection while the server was down. */
  public long cutOff() {
    return cutOff.sum();
  }

  /** Attempts to connect while the server was down. */
  public long inVain() {
    return inVain.sum();
  }

  /** All that must not be, while the server is up. */
  public long failures() {
    return failures.sum();
  }

  /** What the first of them was; empty: there was none. */
  public String firstFailure() {
    return firstFailure.get();
  }
}
