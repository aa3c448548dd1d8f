package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.shard.ShardInspector;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * Owned by one thread. Tenants and workers that make random steps with one group, whose rules
 * change at random; after each step the shard comes to rest, and a {@link SchedulerModel} judges
 * what was delivered and what was not.
 */
final class ScheduledWorld {
  private static final long LEASE_MILLIS = 30_000;
  private static final int MAX_WAITING = 3;
  private static final int MAX_COST = 60;
  private static final List<String> TENANTS = List.of("a", "b", "c", "d");
  private static final List<String> WORKERS = List.of("w0", "w1", "w2");

  /** A receive without an answer. */
  private record Waiting(String client, CompletableFuture<Outcome<List<DeliveredMessage>>> reply) {}

  private final RandomGenerator random;
  private final ScheduledShard shard;
  private final TopicType type;
  private final int maxWindow;
  private SchedulerModel model;
  private List<Waiting> waiting = new ArrayList<>();
  private final List<String> acknowledged = new ArrayList<>();
  private final List<String> story = new ArrayList<>();

  ScheduledWorld(long seed) {
    EngineConfig usual = EngineConfig.defaults();
    boolean isCramped = seed % 5 == 0;
    maxWindow = usual.maxWindow();
    shard = new ScheduledShard(seed, isCramped ? cramped(usual) : usual);
    random = shard.random;
    type = List.of(TopicType.NORMAL, TopicType.PRIORITY, TopicType.FIFO).get(random.nextInt(3));
    model = new SchedulerModel(isCramped);
  }

  /** Most of what waits is not in the ready set. */
  private static EngineConfig cramped(EngineConfig usual) {
    return usual.toBuilder().retentionBytes(0).liteTtl(Optional.empty()).readyWindow(2).build();
  }

  void run(int steps) {
    shard.topic("jobs", type);
    define(scheduling());
    shard.follow("jobs");
    for (int step = 1; step <= steps; step++) {
      act();
      try {
        rest();
      } catch (AssertionError e) {
        throw new AssertionError(
            "in step %d of %s:\n%s\n%s\n%s"
                .formatted(
                    step,
                    type,
                    String.join("\n", story),
                    e.getMessage(),
                    String.join("\n", inspector().undrained())),
            e);
      }
    }
  }

  // ---- steps

  private void act() {
    int dice = random.nextInt(100);
    if (dice < 35) {
      send();
    } else if (dice < 60) {
      poll();
    } else if (dice < 78) {
      acknowledge();
    } else if (dice < 92) {
      pass();
    } else if (dice < 95) {
      settle();
    } else if (dice < 97) {
      release();
    } else if (dice < 99) {
      define(scheduling());
    } else {
      crash();
    }
  }

  private long now() {
    return shard.driver.clock.nanos() / 1_000_000;
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private void send() {
    List<Message> messages = new ArrayList<>();
    for (int i = random.nextInt(1, 7); i > 0; i--) {
      String tenant = any(TENANTS);
      int cost = random.nextInt(1, MAX_COST);
      int priority = random.nextInt(3);
      String line = type == TopicType.NORMAL ? "k/" + tenant : "p" + priority + "/" + tenant;
      Map<String, String> properties = ScheduledShard.properties(tenant, cost);
      properties.put(Fairness.DEFAULT_PROPERTY, tenant);
      Message.Builder message = shard.message("jobs");
      switch (type) {
        case PRIORITY -> message.priority(priority);
        case FIFO -> {
          line = tenant + random.nextInt(2);
          message.messageGroup(line);
          // What waits in a line changes its class before the message that says so is visible.
          priority = waiting.isEmpty() ? priority : model.priorityOf(line).orElse(priority);
          properties.put("rivulet-priority", Integer.toString(priority));
        }
        default -> priority = 0;
      }
      Message built = message.properties(properties).build();
      messages.add(built);
      model.sent(
          line,
          tenant,
          priority,
          type == TopicType.FIFO,
          new SchedulerModel.Item(built.id(), cost, now()));
      story.add(
          now() + " sent " + built.id() + " cost " + cost + " to " + line + " at " + priority);
    }
    shard.await(shard.shard().send("producer", messages)).forEach(Outcome::value);
  }

  private void poll() {
    if (waiting.size() < MAX_WAITING) {
      String worker = any(WORKERS);
      int max = random.nextInt(1, 6);
      Duration wait = Duration.ofMillis(random.nextInt(3) == 0 ? 0 : random.nextInt(1, 60_000));
      waiting.add(new Waiting(worker, shard.poll("jobs", worker, max, wait)));
      story.add(now() + " " + worker + " asks for " + max);
    }
  }

  private void acknowledge() {
    List<SchedulerModel.Item> leased = model.leased();
    List<String> handles = new ArrayList<>();
    for (int i = random.nextInt(1, 6); i > 0 && !leased.isEmpty(); i--) {
      SchedulerModel.Item item = any(leased);
      if (!item.isDone) {
        handles.add(item.handle);
        model.acknowledged(item.id);
        acknowledged.add(item.id);
        story.add(now() + " acknowledged " + item.id);
      }
    }
    shard.await(shard.shard().acknowledge(ScheduledShard.GROUP, handles)).forEach(Outcome::value);
  }

  private void release() {
    List<SchedulerModel.Item> leased = model.leased();
    if (!leased.isEmpty()) {
      SchedulerModel.Item item = any(leased);
      story.add(now() + " released " + item.id);
      model.ended(item.id);
      shard
          .await(shard.shard().release(ScheduledShard.GROUP, List.of(item.handle)))
          .forEach(Outcome::value);
    }
  }

  private void settle() {
    List<String> known = new ArrayList<>(acknowledged);
    model.leased().forEach(each -> known.add(each.id));
    if (!known.isEmpty()) {
      String id = any(known);
      int cost = random.nextInt(MAX_COST * 2);
      String handle =
          model.items().stream()
              .filter(each -> each.id.equals(id))
              .findFirst()
              .orElseThrow()
              .handle;
      Outcome<Integer> outcome = shard.await(shard.shard().settle(handle, cost));
      if (outcome.isOk()) {
        model.settled(id, cost);
        story.add(now() + " settled " + id + " at " + cost);
      }
    }
  }

  private void pass() {
    long next = model.nextEvent(now()).orElse(now() + 1000);
    shard.driver.pass(
        switch (random.nextInt(6)) {
          case 0 -> random.nextInt(1, 40_000);
          case 1, 2 -> random.nextInt(1, 300);
          default -> next - now();
        });
    story.add("it is " + now());
  }

  private void crash() {
    shard.driver.crash(
        Integer.MAX_VALUE,
        random.nextInt(shard.driver.unflushedWrites() + 1),
        random.nextInt(4) == 0);
    waiting.clear();
    acknowledged.clear();
    model.crashed(now());
    story.add(now() + " crashed");
  }

  private void define(Scheduling scheduling) {
    story.add(now() + " " + scheduling);
    model.rules(scheduling);
    shard.group(scheduling);
  }

  // ---- rules

  private Scheduling scheduling() {
    PriorityRule rule =
        switch (random.nextInt(4)) {
          case 0 ->
              new PriorityRule.Weighted(Map.of(0, random.nextInt(1, 3), 2, random.nextInt(1, 6)));
          case 1 -> new PriorityRule.Aging(Duration.ofMillis(random.nextInt(1, 20_000)));
          default -> new PriorityRule.Strict();
        };
    Optional<Fairness> fairness =
        random.nextInt(3) == 0
            ? Optional.empty()
            : Optional.of(
                new Fairness(
                    Fairness.DEFAULT_PROPERTY,
                    random.nextBoolean() ? Map.of() : Map.of("a", random.nextInt(1, 5)),
                    random.nextBoolean() ? Limits.NONE : limits()));
    return new Scheduling(
        random.nextBoolean() ? Limits.NONE : limits(),
        random.nextInt(3) == 0 ? random.nextInt(1, 5) : 0,
        rule,
        fairness,
        false);
  }

  private Limits limits() {
    return new Limits(
        random.nextInt(3) == 0 ? Optional.of(rate(10)) : Optional.empty(),
        random.nextInt(3) == 0 ? Optional.of(rate(200)) : Optional.empty(),
        random.nextInt(3) == 0 ? random.nextInt(1, 6) : 0);
  }

  private Rate rate(int most) {
    return new Rate(
        random.nextDouble() * (most - 1) + 0.1, random.nextInt((most + 99) / 100, most));
  }

  // ---- looking

  private ShardInspector inspector() {
    return new ShardInspector(shard.shard(), maxWindow);
  }

  private void rest() {
    shard.driver.settle();
    model.look(now());
    List<Waiting> served = new ArrayList<>();
    List<Waiting> left = new ArrayList<>();
    for (Waiting each : waiting) {
      if (!each.reply.isDone()) {
        left.add(each);
      } else if (!each.reply.join().value().isEmpty()) {
        served.add(each);
      }
    }
    waiting = left;
    Verdict verdict = judge(model, served);
    if (verdict.model.isEmpty()) {
      throw new AssertionError(verdict.wrong);
    }
    model = verdict.model.get();
    for (Waiting each : served) {
      story.add(now() + " " + each.client + " got " + idsOf(each));
    }
    Set<String> clients = new TreeSet<>();
    waiting.forEach(each -> clients.add(each.client));
    model
        .missed(clients, now())
        .ifPresent(missed -> {
          throw new AssertionError(missed + " " + model);
        });
    List<String> misplaced = inspector().misplaced();
    if (!misplaced.isEmpty()) {
      throw new AssertionError(String.join("\n", misplaced));
    }
  }

  private record Verdict(Optional<SchedulerModel> model, String wrong) {}

  /** Nobody knows which of several replies was put together first: one order must be right. */
  private Verdict judge(SchedulerModel before, List<Waiting> served) {
    if (served.isEmpty()) {
      return new Verdict(Optional.of(before), "");
    }
    String wrong = "";
    for (Waiting first : served) {
      SchedulerModel after = before.copy();
      Optional<String> found = deliver(after, first);
      List<Waiting> others = new ArrayList<>(served);
      others.remove(first);
      Verdict verdict =
          found.isPresent()
              ? new Verdict(
                  Optional.empty(), first.client + " got " + idsOf(first) + ": " + found.get())
              : judge(after, others);
      if (verdict.model.isPresent()) {
        return verdict;
      }
      wrong += verdict.wrong + "\n";
    }
    return new Verdict(Optional.empty(), wrong);
  }

  private static List<String> idsOf(Waiting reply) {
    return reply.reply.join().value().stream().map(each -> each.message().message().id()).toList();
  }

  private Optional<String> deliver(SchedulerModel after, Waiting reply) {
    Set<SchedulerModel.Item> inReply = new HashSet<>();
    for (DeliveredMessage each : reply.reply.join().value()) {
      Optional<String> wrong =
          after.delivered(
              reply.client,
              each.message().message().id(),
              each.receiptHandle(),
              now(),
              now() + LEASE_MILLIS,
              inReply);
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    after.replied();
    return Optional.empty();
  }
}
