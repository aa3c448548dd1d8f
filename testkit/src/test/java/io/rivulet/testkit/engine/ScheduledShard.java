package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Owned by one thread. A shard under a simulated clock, spoken to in the words of a scheduler's
 * user: tenants, costs, workers.
 */
final class ScheduledShard {
  static final String GROUP = "workers";

  final RandomGenerator random;
  final ShardDriver driver;
  private int ids;

  ScheduledShard(long seed) {
    this(seed, EngineConfig.defaults());
  }

  ScheduledShard(long seed, EngineConfig config) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    driver = new ShardDriver(config, random);
  }

  RunningShard shard() {
    return driver.shard();
  }

  <T> T await(CompletableFuture<T> future) {
    driver.settle();
    if (!future.isDone()) {
      throw new IllegalStateException("there is no answer");
    }
    return future.join();
  }

  void topic(String name, TopicType type) {
    await(shard().defineTopic(TopicDefinition.of(name, type))).value();
  }

  /** Makes the group, or changes how it is served. */
  void group(Scheduling scheduling) {
    await(shard().defineGroup(GroupDefinition.standard(GROUP).with(scheduling))).value();
  }

  void follow(String topic) {
    await(shard().subscribe(GROUP, topic, Filter.all())).value();
  }

  static Scheduling fair(Map<String, Integer> weights) {
    return fair(weights, Limits.NONE);
  }

  static Scheduling fair(Map<String, Integer> weights, Limits perKey) {
    return new Scheduling(
        Limits.NONE,
        0,
        new PriorityRule.Strict(),
        Optional.of(new Fairness("tenant", weights, perKey)),
        false);
  }

  static Scheduling limited(Limits limits) {
    return new Scheduling(limits, 0, new PriorityRule.Strict(), Optional.empty(), false);
  }

  static Scheduling ordered(PriorityRule rule) {
    return new Scheduling(Limits.NONE, 0, rule, Optional.empty(), false);
  }

  Message.Builder message(String topic) {
    return Message.builder(topic, "m" + ++ids, new byte[] {1});
  }

  SendReceipt send(Message.Builder message) {
    return await(shard().send("producer", List.of(message.build()))).getFirst().value();
  }

  /** Messages of one tenant. */
  void send(String topic, String tenant, int count, int cost) {
    List<Message> messages = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      messages.add(message(topic).properties(properties(tenant, cost)).build());
    }
    await(shard().send("producer", messages)).forEach(Outcome::value);
  }

  static Map<String, String> properties(String tenant, int cost) {
    Map<String, String> properties = new HashMap<>();
    properties.put("tenant", tenant);
    properties.put(Demand.COST_PROPERTY, Integer.toString(cost));
    return properties;
  }

  void sendWithPriority(String topic, int priority, int count) {
    List<Message> messages = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      messages.add(message(topic).priority(priority).build());
    }
    await(shard().send("producer", messages)).forEach(Outcome::value);
  }

  // ---- consuming

  CompletableFuture<Outcome<List<DeliveredMessage>>> poll(
      String topic, String client, int max, Duration wait) {
    return shard()
        .poll(
            new PollRequest(
                GROUP,
                topic,
                client,
                max,
                Optional.of(Duration.ofSeconds(30)),
                Filter.all(),
                wait,
                Optional.empty(),
                true));
  }

  /** What is there now. */
  List<DeliveredMessage> take(String topic, String client, int max) {
    return await(poll(topic, client, max, Duration.ZERO)).value();
  }

  void acknowledge(List<DeliveredMessage> messages) {
    if (!messages.isEmpty()) {
      await(
              shard()
                  .acknowledge(
                      GROUP, messages.stream().map(DeliveredMessage::receiptHandle).toList()))
          .forEach(Outcome::value);
    }
  }

  static String tenantOf(DeliveredMessage delivered) {
    return delivered.message().message().properties().getOrDefault("tenant", "");
  }

  static int costOf(DeliveredMessage delivered) {
    return Integer.parseInt(
        delivered.message().message().properties().getOrDefault(Demand.COST_PROPERTY, "1"));
  }

  static int priorityOf(DeliveredMessage delivered) {
    return delivered.message().message().priority();
  }

  void pass(long millis) {
    driver.pass(millis);
    driver.settle();
  }
}
