package io.rivulet.server.demo.gateway;

import io.rivulet.client.Delivery;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.RivuletException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;

/**
 * Safe for all threads: a blocking queue between its two, a volatile flag. One worker before one
 * model: one thread receives as much as it is given, another lets the model work on it, one request
 * after the other. The same in both phases; how much it holds is up to the engine.
 */
final class Worker implements AutoCloseable {
  /** What it asks for, and what it has room for. */
  private static final int MAX_HELD = 16;

  private static final Duration WAIT = Duration.ofMillis(500);

  private final WorkerKind kind;
  private final GroupConsumer consumer;
  private final ModelStub model;
  private final Ledger ledger;
  private final ExecutorService acknowledging;
  private final BlockingQueue<Delivery> held = new ArrayBlockingQueue<>(MAX_HELD);
  private final List<Thread> threads;
  private volatile boolean isOver;

  Worker(
      WorkerKind kind,
      GroupConsumer consumer,
      ModelStub model,
      Ledger ledger,
      ExecutorService acknowledging) {
    this.kind = kind;
    this.consumer = consumer;
    this.model = model;
    this.ledger = ledger;
    this.acknowledging = acknowledging;
    threads =
        List.of(
            Thread.ofPlatform()
                .name("rivulet-demo-receive-" + kind.label())
                .unstarted(this::receive),
            Thread.ofPlatform().name("rivulet-demo-model-" + kind.label()).unstarted(this::work));
  }

  void start() {
    threads.forEach(Thread::start);
  }

  private void receive() {
    try {
      while (!isOver) {
        for (Delivery each : consumer.receive(MAX_HELD, WAIT)) {
          held.put(each);
        }
      }
    } catch (RivuletException e) {
      ledger.failed("the " + kind.label() + " worker can't receive: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is over
    }
  }

  private void work() {
    try {
      while (true) {
        Delivery next = held.take();
        int number = Integer.parseInt(next.message().text());
        if (ledger.begin(number, kind)) {
          model.generate(ledger.arrivals().get(number).cost());
          ledger.done(number);
        }
        // The model does not wait for it.
        acknowledging.execute(() -> acknowledge(next));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is over
    }
  }

  private void acknowledge(Delivery delivery) {
    try {
      var _ = consumer.acknowledge(List.of(delivery));
    } catch (RivuletException e) {
      ledger.failed("the " + kind.label() + " worker can't acknowledge: " + e.getMessage());
    }
  }

  /** Ends both threads; what it holds is not worked on any more. */
  @Override
  public void close() {
    isOver = true;
    threads.getLast().interrupt();
    try {
      for (Thread thread : threads) {
        if (!thread.join(WAIT.multipliedBy(4))) {
          thread.interrupt();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    consumer.close();
  }
}
