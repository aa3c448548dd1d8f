package io.rivulet.cluster.ledger;

import io.rivulet.cluster.Timer;
import io.rivulet.testkit.time.SimulatedClock;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;

/** Owned by the thread of the simulation. What is to happen later, in the order of time. */
public final class SimulatedTime implements Timer {
  private record Event(long nanos, long number, Runnable task) {}

  private final SimulatedClock clock = new SimulatedClock();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));
  private long count;

  public SimulatedClock clock() {
    return clock;
  }

  @Override
  public void after(Duration delay, Runnable task) {
    events.add(new Event(clock.nanos() + delay.toNanos(), count++, task));
  }

  /** Lets the next thing happen; false if there is none. */
  public boolean step() {
    Event event = events.poll();
    if (event == null) {
      return false;
    }
    clock.advance(Duration.ofNanos(Math.max(0, event.nanos - clock.nanos())));
    event.task.run();
    return true;
  }

  /** Lets everything happen that is due within a time from now. */
  public void pass(Duration duration) {
    long end = clock.nanos() + duration.toNanos();
    while (!events.isEmpty() && events.element().nanos <= end) {
      step();
    }
    clock.advance(Duration.ofNanos(Math.max(0, end - clock.nanos())));
  }

  /** Lets things happen until a future is complete. */
  public <T> CompletableFuture<T> until(CompletableFuture<T> future) {
    while (!future.isDone()) {
      if (!step()) {
        throw new AssertionError("nothing is left that could happen, and it is not complete");
      }
    }
    return future;
  }
}
