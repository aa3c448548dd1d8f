package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import io.rivulet.testkit.time.SimulatedClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGeneratorFactory;

/**
 * How many decisions of who is next one core makes in a second. One JSON line per case: the median
 * of the rounds.
 *
 * <p>{@code choice}: out of a ready set, charged and put back. {@code engine}: a whole shard on one
 * thread with its log in memory, from the poll to the acknowledgement, with all gates in force and
 * with none.
 *
 * <p>Arguments: {@code choice} or {@code engine}, milliseconds per round.
 */
public final class DispatchBenchmark {
  private static final int ROUNDS = 9;
  private static final int WARM_UP_ROUNDS = 3;
  private static final int BATCH = 32;
  private static final int ENGINE_MESSAGES = 40_000;
  private static final Rate AMPLE = new Rate(Rate.MAX_PER_SECOND, Rate.MAX_BURST);
  private static final Limits ALL = new Limits(Optional.of(AMPLE), Optional.of(AMPLE), 100_000);

  private DispatchBenchmark() {}

  public static void main(String[] arguments) throws IOException {
    long roundNanos = Long.parseLong(arguments[1]) * 1_000_000;
    if (arguments[0].equals("choice")) {
      for (int keys : new int[] {1, 1000, 10_000}) {
        for (int priorities : new int[] {1, 256}) {
          print("choice, fair", keys, priorities, choose(fair(), keys, priorities, roundNanos));
        }
      }
      print("choice, plain", 1, 1, choose(Scheduling.PLAIN, 1, 1, roundNanos));
      print("choice, plain", 1, 256, choose(Scheduling.PLAIN, 1, 256, roundNanos));
      print("choice, plain", 10_000, 1, choose(Scheduling.PLAIN, 10_000, 1, roundNanos));
    } else {
      for (int keys : new int[] {1, 100, 10_000}) {
        double[] plain = new double[ROUNDS];
        double[] gated = new double[ROUNDS];
        // In turns, so that both see the same machine.
        for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
          double none = serve(Scheduling.PLAIN, keys);
          double all = serve(gated(), keys);
          if (round >= 0) {
            plain[round] = none;
            gated[round] = all;
          }
        }
        print("engine, no gates", keys, 1, plain);
        print("engine, all gates", keys, 1, gated);
      }
    }
  }

  private static void print(String name, int keys, int priorities, double[] perSecond) {
    Arrays.sort(perSecond);
    System.out.printf(
        "{\"case\": \"%s\", \"keys\": %d, \"priorities\": %d, \"per_second\": %.0f, \"least\":"
            + " %.0f, \"most\": %.0f}%n",
        name,
        keys,
        priorities,
        perSecond[perSecond.length / 2],
        perSecond[0],
        perSecond[perSecond.length - 1]);
  }

  private static Scheduling fair() {
    return scheduling(Limits.NONE, Limits.NONE, 0);
  }

  private static Scheduling gated() {
    return scheduling(ALL, ALL, 100_000);
  }

  private static Scheduling scheduling(Limits limits, Limits perKey, int clientConcurrency) {
    return new Scheduling(
        limits,
        clientConcurrency,
        new PriorityRule.Strict(),
        Optional.of(new Fairness(Fairness.DEFAULT_PROPERTY, Map.of(), perKey)),
        false);
  }

  // ---- the choice alone

  private static double[] choose(Scheduling scheduling, int keys, int priorities, long roundNanos) {
    SimulatedClock clock = new SimulatedClock();
    Group group =
        new Group(1, GroupDefinition.standard("g").with(scheduling), new ShardClock(clock));
    Topic topic = new Catalog().newTopic(2, TopicDefinition.of("t", TopicType.PRIORITY));
    GroupTopic groupTopic = new GroupTopic(group, topic, 0, 0, Filter.all());
    ReadySet set = groupTopic.subscriber.ready;
    int count = Math.max(keys, priorities);
    for (int i = 0; i < count; i++) {
      Queue queue = new Queue(i, topic, "q" + i, i % priorities, "k" + i % keys, 0);
      set.add(new Progress(groupTopic, queue, 0), 0);
    }
    double[] perSecond = new double[ROUNDS];
    int cost = 0;
    for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      long began = System.nanoTime();
      long decisions = 0;
      long nanos = 0;
      while (nanos < roundNanos) {
        for (int i = 0; i < 1000; i++) {
          Progress next = set.poll();
          if (next == null) {
            throw new IllegalStateException("there is nothing to choose");
          }
          cost = (cost * 31 + 7) & 1023;
          group.shares.charge(set.chosenShare(), 1 + cost);
          set.add(next, 0);
        }
        decisions += 1000;
        nanos = System.nanoTime() - began;
      }
      if (round >= 0) {
        perSecond[round] = decisions * 1e9 / nanos;
      }
    }
    return perSecond;
  }

  // ---- the whole engine

  /** Messages a second, from the poll to the acknowledgement. */
  private static double serve(Scheduling scheduling, int keys) throws IOException {
    Driven driven = new Driven();
    RunningShard shard = driven.shard;
    driven.await(shard.defineTopic(TopicDefinition.of("jobs", TopicType.NORMAL)));
    driven.await(shard.defineGroup(GroupDefinition.standard("workers").with(scheduling)));
    driven.await(shard.subscribe("workers", "jobs", Filter.all()));
    for (int sent = 0; sent < ENGINE_MESSAGES; ) {
      List<Message> messages = new ArrayList<>(1000);
      for (int i = 0; i < 1000; i++, sent++) {
        Map<String, String> properties =
            Map.of(Fairness.DEFAULT_PROPERTY, "k" + sent % keys, Demand.COST_PROPERTY, "7");
        messages.add(
            Message.builder("jobs", "m" + sent, new byte[100]).properties(properties).build());
      }
      driven.await(shard.send("producer", messages));
    }
    long began = System.nanoTime();
    for (int received = 0; received < ENGINE_MESSAGES; ) {
      List<DeliveredMessage> batch = driven.await(shard.poll(REQUEST)).value();
      driven.await(
          shard.acknowledge(
              "workers", batch.stream().map(DeliveredMessage::receiptHandle).toList()));
      received += batch.size();
    }
    return ENGINE_MESSAGES * 1e9 / (System.nanoTime() - began);
  }

  private static final PollRequest REQUEST =
      new PollRequest(
          "workers",
          "jobs",
          "w",
          BATCH,
          Optional.of(Duration.ofSeconds(60)),
          Filter.all(),
          Duration.ofSeconds(1),
          Optional.empty(),
          true);

  /** Owned by one thread. A shard and all its threads on that one. */
  private static final class Driven implements EngineListener {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final RunningShard shard;

    private Driven() throws IOException {
      SimulatedClock clock = new SimulatedClock();
      shard =
          new RunningShard(
              EngineConfig.defaults(),
              MemoryLog.automatic(clock),
              new MemoryIndex(),
              clock,
              RandomGeneratorFactory.of("L64X128MixRandom").create(1),
              this,
              new ShardThreads(tasks::add, tasks::add, tasks::add),
              ShardNumber.ONLY);
      shard.recover();
    }

    private <T> T await(CompletableFuture<T> reply) {
      while (!reply.isDone()) {
        shard.shard().turn();
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
      }
      return reply.join();
    }

    @Override
    public void unsubscribed(String clientId, String group, String topic, String liteTopic) {}

    @Override
    public void unreadLost(String group, String topic, long count) {}

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException("the shard failed", cause);
    }
  }
}
