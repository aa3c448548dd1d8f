package io.rivulet.server.demo.gateway;

import io.rivulet.engine.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Safe for all threads: atomic arrays. What happened to each request of a phase, by its number. All
 * times are of one clock in one process.
 */
final class Ledger {
  private static final long NOT_YET = -1;

  private final List<Arrival> arrivals;
  private final Clock clock;
  private volatile long startNanos;
  private final AtomicLongArray sent;
  private final AtomicLongArray begun;
  private final AtomicLongArray done;
  private final AtomicReferenceArray<WorkerKind> worker;
  private final AtomicInteger repeated = new AtomicInteger();
  private final CountDownLatch open;
  private final AtomicReference<Optional<String>> failure = new AtomicReference<>(Optional.empty());

  Ledger(List<Arrival> arrivals, Clock clock) {
    this.arrivals = arrivals;
    this.clock = clock;
    sent = fresh(arrivals.size());
    begun = fresh(arrivals.size());
    done = fresh(arrivals.size());
    worker = new AtomicReferenceArray<>(arrivals.size());
    open = new CountDownLatch(arrivals.size());
  }

  private static AtomicLongArray fresh(int size) {
    AtomicLongArray times = new AtomicLongArray(size);
    for (int i = 0; i < size; i++) {
      times.set(i, NOT_YET);
    }
    return times;
  }

  /** The phase begins: its time is counted from now on. */
  void begin() {
    startNanos = clock.nanos();
  }

  List<Arrival> arrivals() {
    return arrivals;
  }

  long nowNanos() {
    return clock.nanos() - startNanos;
  }

  void sent(int number) {
    sent.set(number, nowNanos());
  }

  /** A worker is about to serve it; false if it has been served before. */
  boolean begin(int number, WorkerKind by) {
    if (!begun.compareAndSet(number, NOT_YET, nowNanos())) {
      repeated.incrementAndGet();
      return false;
    }
    worker.set(number, by);
    return true;
  }

  void done(int number) {
    done.set(number, nowNanos());
    open.countDown();
  }

  /** Something went wrong that the phase can't go on after. */
  void failed(String what) {
    boolean _ = failure.compareAndSet(Optional.empty(), Optional.of(what));
  }

  Optional<String> failure() {
    return failure.get();
  }

  boolean awaitAllDone(long millis) throws InterruptedException {
    return open.await(millis, TimeUnit.MILLISECONDS);
  }

  long openCount() {
    return open.getCount();
  }

  int repeatedCount() {
    return repeated.get();
  }

  /** Requests that wait now, by when they were sent. */
  List<Long> waitingSince(Caller caller) {
    List<Long> waiting = new ArrayList<>();
    for (int number = 0; number < arrivals.size(); number++) {
      if (arrivals.get(number).caller() == caller
          && sent.get(number) != NOT_YET
          && begun.get(number) == NOT_YET) {
        waiting.add(sent.get(number));
      }
    }
    return waiting;
  }

  /** Waits of those that a worker began with since then. */
  List<Long> waitsSince(Caller caller, long sinceNanos) {
    List<Long> waits = new ArrayList<>();
    for (int number = 0; number < arrivals.size(); number++) {
      if (arrivals.get(number).caller() == caller && begun.get(number) >= sinceNanos) {
        waits.add(begun.get(number) - sent.get(number));
      }
    }
    return waits;
  }

  int doneCount(WorkerKind by) {
    int count = 0;
    for (int number = 0; number < arrivals.size(); number++) {
      if (done.get(number) != NOT_YET && worker.get(number) == by) {
        count++;
      }
    }
    return count;
  }

  /** All of it, once all is done. */
  List<Served> served() {
    List<Served> served = new ArrayList<>();
    for (int number = 0; number < arrivals.size(); number++) {
      if (done.get(number) == NOT_YET) {
        throw new IllegalStateException("request " + number + " is not done");
      }
      served.add(
          new Served(
              arrivals.get(number),
              sent.get(number),
              begun.get(number),
              done.get(number),
              worker.get(number)));
    }
    return served;
  }
}
