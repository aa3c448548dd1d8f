package io.rivulet.testkit.engine;

import static io.rivulet.testkit.engine.ScheduledShard.costOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Workers of different speed, each handed what it can do; under a simulated clock. */
final class AdaptiveDispatchTest {
  private static final int TICK_MILLIS = 5;

  private static final Scheduling ADAPTIVE =
      new Scheduling(Limits.NONE, 0, new PriorityRule.Strict(), Optional.empty(), true);

  private final ScheduledShard shard = new ScheduledShard(5);
  private final List<Worker> workers = new ArrayList<>();
  private long now;
  private int done;

  /**
   * A consumer with a poll open all the time, so that it takes whatever it is given, and a number
   * of hands that each work on one message.
   */
  private final class Worker {
    final String name;
    final int hands;

    /** Cost that one hand does in a millisecond; 0: it hangs. */
    double speed;

    final Queue<DeliveredMessage> waiting = new ArrayDeque<>();
    final List<Work> inHand = new ArrayList<>();
    int completed;
    int mostHeld;
    @Nullable CompletableFuture<Outcome<List<DeliveredMessage>>> poll;

    Worker(String name, int hands, double speed) {
      this.name = name;
      this.hands = hands;
      this.speed = speed;
    }

    int held() {
      return waiting.size() + inHand.size();
    }

    void tick() {
      if (poll == null) {
        poll = shard.poll("jobs", name, 32, Duration.ofSeconds(20));
      }
      CompletableFuture<Outcome<List<DeliveredMessage>>> open = poll;
      if (open.isDone()) {
        waiting.addAll(open.join().value());
        poll = null;
      }
      mostHeld = Math.max(mostHeld, held());
      List<DeliveredMessage> finished = new ArrayList<>();
      inHand.removeIf(work -> {
        work.left -= speed * TICK_MILLIS;
        if (work.left <= 0) {
          finished.add(work.message);
        }
        return work.left <= 0;
      });
      while (inHand.size() < hands && !waiting.isEmpty()) {
        inHand.add(new Work(waiting.remove()));
      }
      if (!finished.isEmpty()) {
        completed += finished.size();
        done += finished.size();
        var _ =
            shard
                .shard()
                .acknowledge(
                    ScheduledShard.GROUP,
                    finished.stream().map(DeliveredMessage::receiptHandle).toList());
      }
    }
  }

  private static final class Work {
    final DeliveredMessage message;
    double left;

    Work(DeliveredMessage message) {
      this.message = message;
      left = costOf(message);
    }
  }

  private void begin(int messages, int minCost, int maxCost) {
    shard.topic("jobs", TopicType.NORMAL);
    shard.group(ADAPTIVE);
    shard.follow("jobs");
    for (int i = 0; i < messages; i++) {
      shard.send("jobs", "", 1, minCost + shard.random.nextInt(maxCost - minCost + 1));
    }
  }

  private void runUntil(long millis, int messages) {
    while (now < millis && done < messages) {
      workers.forEach(Worker::tick);
      shard.pass(TICK_MILLIS);
      now += TICK_MILLIS;
    }
  }

  @Test
  void workersOfDifferentSpeedAreDoneTogether() {
    int messages = 1000;
    begin(messages, 100, 300);
    workers.add(new Worker("slow", 1, 1));
    workers.add(new Worker("middle", 1, 2));
    workers.add(new Worker("fast", 1, 4));

    runUntil(100_000, messages);

    double ideal = messages * 200.0 / 7;
    assertThat((double) now).isLessThan(ideal * 1.05);
  }

  @Test
  void aWorkerThatTurnsSlowHoldsNoMoreThanItsShare() {
    int messages = 1400;
    begin(messages, 100, 300);
    Worker turning = new Worker("turning", 1, 4);
    workers.add(new Worker("slow", 1, 1));
    workers.add(new Worker("middle", 1, 2));
    workers.add(new Worker("other", 1, 4));
    workers.add(turning);

    runUntil(12_000, messages);
    int before = done;
    turning.speed = 0.5;
    turning.mostHeld = 0;
    runUntil(100_000, messages);

    double ideal = 12_000 + (messages - before) * 200.0 / 7.5;
    assertThat((double) now).isLessThan(ideal * 1.05);
    assertThat(turning.mostHeld).isLessThanOrEqualTo(4);
  }

  @Test
  void aWorkerWithManyHandsGetsWorkForAllOfThem() {
    int messages = 2000;
    begin(messages, 100, 300);
    workers.add(new Worker("one", 1, 1));
    workers.add(new Worker("eight", 8, 1));

    runUntil(300_000, messages);

    double ideal = messages * 200.0 / 9;
    assertThat((double) now).isLessThan(ideal * 1.10);
    assertThat(workers.get(0).mostHeld).isLessThanOrEqualTo(4);
    assertThat(workers.get(1).mostHeld).isLessThanOrEqualTo(24);
  }

  @Test
  void aStalledWorkerIsProbedUntilItAcknowledges() {
    begin(400, 100, 100);
    Worker stalled = new Worker("stalled", 1, 0);
    Worker good = new Worker("good", 1, 0.02);
    workers.add(stalled);
    workers.add(good);

    runUntil(31_000, 400);
    // Its leases have come back; what it gets from now on are probes.
    stalled.waiting.clear();
    stalled.inHand.clear();
    stalled.mostHeld = 0;
    int taken = 0;
    for (int second = 0; second < 150; second++) {
      runUntil(now + 1000, 400);
      if (stalled.held() > 0) {
        taken += stalled.held();
        stalled.waiting.clear();
        stalled.inHand.clear();
      }
    }
    assertThat(stalled.mostHeld).isLessThanOrEqualTo(1);
    assertThat(taken).isBetween(1, 6);

    stalled.speed = 1;
    int before = stalled.completed;
    runUntil(now + 120_000, 400);
    assertThat(stalled.completed - before).isGreaterThan(100);
  }
}
