package io.rivulet.cluster.routing;

import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.group.WaitEstimate;
import io.rivulet.engine.lite.LiteBacklog;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** Safe for all threads: no state. What several shards say, as one. */
final class Together {
  private Together() {}

  static int sum(List<Integer> parts) {
    return parts.stream().mapToInt(Integer::intValue).sum();
  }

  /** The type of a topic that is made by its first message. */
  static TopicType typeFor(Message message) {
    if (message.liteTopic() != null) {
      return TopicType.LITE;
    }
    if (message.messageGroup() != null) {
      return TopicType.FIFO;
    }
    if (message.deliverAtMillis() != 0) {
      return TopicType.DELAY;
    }
    return message.priority() == Message.NO_PRIORITY ? TopicType.NORMAL : TopicType.PRIORITY;
  }

  /** The part of each shard that it concerns; a whole set concerns all. */
  static Map<Integer, SubscriptionChange> split(
      SubscriptionChange change, int shards, ToIntFunction<String> shardOf) {
    Map<Integer, Set<String>> names = new TreeMap<>();
    boolean isWhole =
        change.action() == SubscriptionChange.Action.REPLACE
            || change.action() == SubscriptionChange.Action.CLEAR
            || change.liteTopics().isEmpty();
    for (int shard = 0; isWhole && shard < shards; shard++) {
      names.put(shard, new LinkedHashSet<>());
    }
    for (String name : change.liteTopics()) {
      names.computeIfAbsent(shardOf.applyAsInt(name), _ -> new LinkedHashSet<>()).add(name);
    }
    Map<Integer, SubscriptionChange> parts = new LinkedHashMap<>();
    names.forEach((shard, part) ->
        parts.put(
            shard,
            new SubscriptionChange(
                change.group(),
                change.clientId(),
                change.topic(),
                change.action(),
                part,
                change.offset())));
    return parts;
  }

  static GroupView groups(List<GroupView> views) {
    Set<String> clients = new LinkedHashSet<>();
    views.forEach(each -> clients.addAll(each.clients()));
    Collection<GroupView.TopicProgress> topics =
        merged(
            views.stream().flatMap(each -> each.topics().stream()).toList(),
            GroupView.TopicProgress::topic,
            (a, b) ->
                new GroupView.TopicProgress(
                    a.topic(), a.filter(), a.backlog() + b.backlog(), a.leased() + b.leased()));
    return new GroupView(views.getFirst().definition(), List.copyOf(topics), List.copyOf(clients));
  }

  static SchedulingView schedulings(List<SchedulingView> views, int topKeys) {
    Collection<SchedulingView.PriorityClass> classes =
        merged(
            views.stream().flatMap(each -> each.classes().stream()).toList(),
            SchedulingView.PriorityClass::priority,
            (a, b) ->
                new SchedulingView.PriorityClass(
                    a.priority(), a.waiting().and(b.waiting()), and(a.served(), b.served())));
    Collection<SchedulingView.Key> keys =
        merged(
            views.stream().flatMap(each -> each.topKeys().stream()).toList(),
            SchedulingView.Key::key,
            (a, b) ->
                new SchedulingView.Key(
                    a.key(),
                    a.waiting().and(b.waiting()),
                    a.leased() + b.leased(),
                    a.weight(),
                    Math.max(a.suspendedUntilMillis(), b.suspendedUntilMillis())));
    Collection<SchedulingView.Worker> workers =
        merged(
            views.stream().flatMap(each -> each.workers().stream()).toList(),
            SchedulingView.Worker::clientId,
            (a, b) ->
                new SchedulingView.Worker(
                    a.clientId(),
                    a.leased() + b.leased(),
                    (int) Math.min(Integer.MAX_VALUE, (long) a.limit() + b.limit()),
                    a.isStalled() || b.isStalled()));
    return new SchedulingView(
        views.stream()
            .map(SchedulingView::heldBackBy)
            .filter(each -> each != SchedulingView.HeldBackBy.NOTHING)
            .findFirst()
            .orElse(SchedulingView.HeldBackBy.NOTHING),
        views.stream().mapToLong(SchedulingView::leased).sum(),
        views.stream()
            .map(SchedulingView::served)
            .reduce(new SchedulingView.Served(0, 0), Together::and),
        classes.stream()
            .sorted(Comparator.comparingInt(SchedulingView.PriorityClass::priority).reversed())
            .toList(),
        Math.max(keys.size(), views.stream().mapToLong(SchedulingView::keys).max().orElse(0)),
        keys.stream()
            .sorted(
                Comparator.comparingLong((SchedulingView.Key each) -> each.waiting().cost())
                    .reversed())
            .limit(topKeys)
            .toList(),
        List.copyOf(workers));
  }

  private static SchedulingView.Served and(SchedulingView.Served a, SchedulingView.Served b) {
    return new SchedulingView.Served(a.messages() + b.messages(), a.cost() + b.cost());
  }

  /** All shards are served at the same time: it waits for the slowest. */
  static WaitEstimate waits(List<WaitEstimate> estimates) {
    long before = 0;
    OptionalLong longest = OptionalLong.empty();
    for (WaitEstimate each : estimates) {
      before += each.position() - 1;
      if (each.waitMillis().isPresent()) {
        longest = OptionalLong.of(Math.max(longest.orElse(0), each.waitMillis().getAsLong()));
      }
    }
    return new WaitEstimate(before + 1, longest);
  }

  static LiteTopicPage pages(List<LiteTopicPage> pages, int limit) {
    List<LiteTopicView> all = new ArrayList<>();
    pages.forEach(each -> all.addAll(each.liteTopics()));
    all.sort(Comparator.comparing(LiteTopicView::name));
    boolean isLast = all.size() <= limit && pages.stream().allMatch(each -> each.next().isEmpty());
    List<LiteTopicView> page = all.subList(0, Math.min(limit, all.size()));
    return new LiteTopicPage(
        List.copyOf(page), isLast ? Optional.empty() : Optional.of(page.getLast().name()));
  }

  static List<LiteBacklog> tops(List<List<LiteBacklog>> tops, int limit) {
    return tops.stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparingLong(LiteBacklog::backlog).reversed())
        .limit(limit)
        .toList();
  }

  private static <K, V> Collection<V> merged(
      List<V> all, Function<V, K> key, BinaryOperator<V> and) {
    Map<K, V> merged = new LinkedHashMap<>();
    all.forEach(each -> merged.merge(key.apply(each), each, and));
    return merged.values();
  }
}
