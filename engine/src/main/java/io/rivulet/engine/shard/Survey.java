package io.rivulet.engine.shard;

import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.group.SchedulingView.Served;
import io.rivulet.engine.group.SchedulingView.Waiting;
import io.rivulet.engine.group.WaitEstimate;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What waits for a group, by priority and fairness key, and for how long
 * something new would. Adds up queue by queue, a few a turn ({@link Backlogs}).
 */
final class Survey {
  /** Runs of a queue that are looked at to know what its messages cost. */
  private static final int SAMPLED_MESSAGES = 256;

  private final Catalog catalog;
  private final QueueTable queues;
  private final ShardClock clock;
  private final Backlogs backlogs;
  private final int maxTopKeys;

  /**
   * @param maxTopKeys fairness keys that one answer may name
   */
  Survey(ShardState state, Backlogs backlogs, int maxTopKeys) {
    this.maxTopKeys = maxTopKeys;
    catalog = state.catalog();
    queues = state.queues();
    clock = state.clock();
    this.backlogs = backlogs;
  }

  /** Whose messages wait, and at which priority. */
  private record Place(int priority, String key) {}

  /** Describes how a group is served, with so many of its keys. */
  void describe(String groupName, int topKeys, Consumer<Outcome<SchedulingView>> reply) {
    Group group = catalog.group(groupName);
    if (group == null) {
      reply.accept(unknown(groupName));
      return;
    }
    if (topKeys < 0 || topKeys > maxTopKeys) {
      reply.accept(
          Outcome.refused(
              RefusalCode.ILLEGAL_ARGUMENT,
              "top_keys is 0 to " + maxTopKeys + " (engine.max-top-keys), not " + topKeys));
      return;
    }
    add(
        List.copyOf(group.topics.values()).iterator(),
        new HashMap<>(),
        waiting -> reply.accept(Outcome.ok(view(group, waiting, topKeys))));
  }

  private static <T> Outcome<T> unknown(String groupName) {
    return Outcome.refused(
        RefusalCode.GROUP_NOT_FOUND, "the consumer group '" + groupName + "' does not exist");
  }

  private void add(
      Iterator<GroupTopic> followed,
      Map<Place, Waiting> waiting,
      Consumer<Map<Place, Waiting>> done) {
    if (!followed.hasNext()) {
      done.accept(waiting);
      return;
    }
    backlogs.walkWaiting(
        followed.next(),
        (queue, messages, offset) ->
            waiting.merge(
                new Place(queue.priority, queue.fairnessKey),
                waitingIn(queue, messages, offset),
                Waiting::and),
        () -> add(followed, waiting, done));
  }

  /** What its first messages cost on average is taken for all. */
  private Waiting waitingIn(Queue queue, long messages, long firstOffset) {
    Run first = queues.runAt(queue, firstOffset);
    if (first == null) {
      return new Waiting(messages, messages, 0);
    }
    long cost = 0;
    int sampled = 0;
    for (long offset = firstOffset;
        offset < queue.visibleEnd && sampled < SAMPLED_MESSAGES;
        offset++) {
      Run run = queue.runInMemory(offset);
      if (run == null) {
        break;
      }
      cost += run.costOf(offset);
      sampled++;
    }
    long all = sampled == 0 ? messages : Math.round((double) cost * messages / sampled);
    return new Waiting(messages, all, first.storeMillis);
  }

  private SchedulingView view(Group group, Map<Place, Waiting> waiting, int topKeys) {
    long now = clock.millis();
    Map<Integer, Waiting> byPriority = new TreeMap<>(Comparator.reverseOrder());
    Map<String, Waiting> byKey = new HashMap<>();
    waiting.forEach((place, each) -> {
      byPriority.merge(place.priority, each, Waiting::and);
      byKey.merge(place.key, each, Waiting::and);
    });
    group.rates.byPriority().keySet().forEach(each -> byPriority.putIfAbsent(each, Waiting.NONE));
    List<SchedulingView.PriorityClass> classes = new ArrayList<>();
    byPriority.forEach((priority, each) ->
        classes.add(
            new SchedulingView.PriorityClass(
                priority, each, served(group.rates.byPriority().get(priority), now))));
    List<SchedulingView.Key> keys =
        group.shares.isFair() ? topKeys(group, byKey, topKeys) : List.of();
    List<SchedulingView.Worker> workers = new ArrayList<>();
    Scheduling rules = group.definition().scheduling();
    group
        .gates
        .workers()
        .values()
        .forEach(each ->
            workers.add(
                new SchedulingView.Worker(
                    each.clientId, each.leased(), limitOf(each, rules), each.isStalled())));
    return new SchedulingView(
        group.gates.heldBackBy(),
        group.gates.leased(),
        served(group.rates.all(), now),
        classes,
        group.shares.isFair() ? byKey.size() : 0,
        keys,
        workers);
  }

  private static int limitOf(Worker worker, Scheduling rules) {
    int configured = rules.clientConcurrency() > 0 ? rules.clientConcurrency() : Integer.MAX_VALUE;
    return rules.isAdaptive() ? Math.min(configured, worker.limit()) : configured;
  }

  private static Served served(ServedRates.@Nullable Meter meter, long now) {
    return meter == null
        ? new Served(0, 0)
        : new Served(meter.messagesPerSecond(now), meter.costPerSecond(now));
  }

  private static List<SchedulingView.Key> topKeys(
      Group group, Map<String, Waiting> byKey, int most) {
    Fairness fairness = group.definition().scheduling().fairness().orElseThrow();
    return byKey.entrySet().stream()
        .sorted(
            Comparator.comparingLong((Map.Entry<String, Waiting> each) -> each.getValue().cost())
                .reversed()
                .thenComparing(Map.Entry::getKey))
        .limit(most)
        .map(each -> {
          KeyGate gate = group.gates.known(each.getKey());
          return new SchedulingView.Key(
              each.getKey(),
              each.getValue(),
              gate == null ? 0 : gate.leased(),
              fairness.weightOf(each.getKey()),
              gate == null ? 0 : gate.suspendedUntilMillis);
        })
        .toList();
  }

  // ---- how long something new would wait

  /**
   * Estimates when a message that is sent now is handed out.
   *
   * @param key its fairness key; empty: none
   */
  void estimate(String groupName, int priority, String key, Consumer<Outcome<WaitEstimate>> reply) {
    Group group = catalog.group(groupName);
    if (group == null) {
      reply.accept(unknown(groupName));
      return;
    }
    add(
        List.copyOf(group.topics.values()).iterator(),
        new HashMap<>(),
        waiting -> reply.accept(Outcome.ok(estimate(group, waiting, Math.max(0, priority), key))));
  }

  private WaitEstimate estimate(
      Group group, Map<Place, Waiting> waiting, int priority, String key) {
    Scheduling rules = group.definition().scheduling();
    Waiting own = waiting.getOrDefault(new Place(priority, key), Waiting.NONE);
    double messagesAhead = 0;
    double costAhead = 0;
    for (Map.Entry<Place, Waiting> each : waiting.entrySet()) {
      Waiting other = each.getValue();
      double part = partAhead(rules, each.getKey(), other, new Place(priority, key), own);
      messagesAhead += other.messages() * part;
      costAhead += other.cost() * part;
    }
    long now = clock.millis();
    double perSecond = group.rates.all().costPerSecond(now);
    OptionalLong wait =
        perSecond > 0.001
            ? OptionalLong.of(Math.round(costAhead * 1000 / perSecond))
            : messagesAhead < 1 ? OptionalLong.of(0) : OptionalLong.empty();
    return new WaitEstimate(Math.round(messagesAhead) + 1, wait);
  }

  /** Which part of what waits elsewhere is served before something new of a place, 0 to 1. */
  private static double partAhead(
      Scheduling rules, Place place, Waiting there, Place own, Waiting ownWaiting) {
    if (place.priority != own.priority) {
      return switch (rules.priorities()) {
        case PriorityRule.Strict _ -> place.priority > own.priority ? 1 : 0;
        case PriorityRule.Aging _ -> place.priority > own.priority ? 1 : 0;
        case PriorityRule.Weighted(Map<Integer, Integer> weights) ->
            part(
                (double) there.cost(),
                ownWaiting.cost() + 1.0,
                Shares.weightOf(weights, place.priority),
                Shares.weightOf(weights, own.priority));
      };
    }
    Fairness fairness = rules.fairness().orElse(null);
    if (fairness == null || place.key.equals(own.key)) {
      return 1;
    }
    return part(
        (double) there.cost(),
        ownWaiting.cost() + 1.0,
        fairness.weightOf(place.key),
        fairness.weightOf(own.key));
  }

  /** While so much of one is served, the other gets its weight's share, as long as it has any. */
  private static double part(double there, double own, double thereWeight, double ownWeight) {
    return there <= 0 ? 0 : Math.min(1, own * thereWeight / ownWeight / there);
  }
}
