package io.rivulet.server.demo.gateway;

import io.rivulet.client.BatchingProducer;
import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.RivuletClient;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.demo.stage.DemoFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Owned by the main thread, which looks on; front and workers have threads of their own. All
 * requests come, under some rules, and are served.
 */
final class Phase {
  /** Longer than the largest part of the work that a worker may hold. */
  private static final Duration LEASE = Duration.ofMinutes(2);

  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final RivuletClient client;
  private final Rules rules;
  private final double hashesPerSecond;
  private final Clock clock;

  Phase(RivuletClient client, Rules rules, double hashesPerSecond, Clock clock) {
    this.client = client;
    this.rules = rules;
    this.hashesPerSecond = hashesPerSecond;
    this.clock = clock;
  }

  /** Serves them all. */
  PhaseFigures run(List<Arrival> arrivals, Scoreboard scoreboard)
      throws InterruptedException, DemoFailure {
    rules.define(client.admin());
    Ledger ledger = new Ledger(arrivals, clock);
    List<Worker> workers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        BatchingProducer producer = client.producer(rules.name(), ProducerSettings.immediate())) {
      for (WorkerKind kind : WorkerKind.values()) {
        GroupConsumer consumer =
            client.consumer(ConsumerSettings.of(rules.name(), rules.name()).withInvisible(LEASE));
        ModelStub model = new ModelStub(kind.hashesPerToken(hashesPerSecond));
        workers.add(new Worker(kind, consumer, model, ledger, threads));
      }
      ledger.begin();
      workers.forEach(Worker::start);
      var front = threads.submit(() -> new Front(producer, rules, ledger).send());
      try {
        watch(ledger, scoreboard);
      } finally {
        front.cancel(true);
        workers.forEach(Worker::close);
      }
    }
    check(ledger); // acknowledgements go on after the last request is done
    return PhaseFigures.of(rules.title(), ledger.served(), ledger.repeatedCount());
  }

  private static void check(Ledger ledger) throws DemoFailure {
    if (ledger.failure().isPresent()) {
      throw new DemoFailure(ledger.failure().get());
    }
  }

  private void watch(Ledger ledger, Scoreboard scoreboard)
      throws InterruptedException, DemoFailure {
    long lastOpen = ledger.openCount();
    long lastNanos = ledger.nowNanos();
    while (!ledger.awaitAllDone(LOOK.toMillis())) {
      check(ledger);
      scoreboard.show(ledger);
      if (ledger.openCount() < lastOpen) {
        lastOpen = ledger.openCount();
        lastNanos = ledger.nowNanos();
      } else if (ledger.nowNanos() - lastNanos > PATIENCE.toNanos()) {
        throw new DemoFailure(
            "nothing was served for %d seconds, with %d requests open"
                .formatted(PATIENCE.toSeconds(), lastOpen));
      }
    }
    scoreboard.show(ledger);
  }
}
