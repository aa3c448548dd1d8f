package io.rivulet.engine.shard;

import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Owned by the shard thread. Describes lite topics and groups to people and programs. */
final class Descriptions {
  private static final int MAX_SUBSCRIBERS = 100;

  /** Lite topics per page at most: each is a few reads of the index on the shard thread. */
  private static final int MAX_PAGE = 1000;

  /** Queues looked at for one description of a group. */
  private static final int MAX_QUEUES = 100_000;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Fold fold;
  private final Recorder recorder;
  private final Rows rows;
  private final Clients clients;
  private final Reclaimer reclaimer;

  Descriptions(ShardState state, Rows rows, Clients clients, Reclaimer reclaimer) {
    catalog = state.catalog();
    queues = state.queues();
    fold = state.fold();
    recorder = state.recorder();
    this.rows = rows;
    this.clients = clients;
    this.reclaimer = reclaimer;
  }

  // ---- lite topics

  void list(
      String topicName,
      String prefix,
      String after,
      int limit,
      Consumer<Outcome<LiteTopicPage>> reply) {
    Topic topic = catalog.topic(topicName);
    if (topic == null) {
      reply.accept(
          Outcome.refused(
              RefusalCode.TOPIC_NOT_FOUND, "the topic '" + topicName + "' does not exist"));
      return;
    }
    byte[] all = Keys.prefix(topic.id, prefix);
    byte[] from = after.compareTo(prefix) > 0 ? Keys.after(Keys.of(topic.id, after)) : all;
    int max = Math.clamp(limit, 1, MAX_PAGE);
    List<String> names = new ArrayList<>();
    rows.scan(
        Table.QUEUE_NAME,
        from,
        Keys.after(all),
        (key, value) -> {
          names.add(Keys.textAt(key, 8));
          return names.size() <= max;
        });
    List<LiteTopicView> views = new ArrayList<>();
    for (String name : names.subList(0, Math.min(max, names.size()))) {
      Queue queue = queues.byName(topic, name);
      if (queue != null) {
        views.add(view(queue));
      }
    }
    Optional<String> next = names.size() > max ? Optional.of(names.get(max - 1)) : Optional.empty();
    reply.accept(Outcome.ok(new LiteTopicPage(views, next)));
  }

  void describe(String topicName, String name, Consumer<Outcome<LiteTopicView>> reply) {
    Outcome<Queue> queue = find(topicName, name);
    reply.accept(queue.map(this::view));
  }

  void reclaim(String topicName, String name, Consumer<Outcome<LiteTopicView>> reply) {
    Outcome<Queue> found = find(topicName, name);
    if (!found.isOk()) {
      reply.accept(found.map(this::view));
      return;
    }
    if (!recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(RefusalCode.STORAGE_FULL, "the disk is full"));
      return;
    }
    LiteTopicView last = view(found.value());
    reclaimer.reclaim(found.value());
    recorder.whenDurable(() -> reply.accept(Outcome.ok(last)));
  }

  void setTtl(
      String topicName,
      String name,
      Optional<Duration> ttl,
      Consumer<Outcome<LiteTopicView>> reply) {
    Outcome<Queue> found = find(topicName, name);
    if (!found.isOk()) {
      reply.accept(found.map(this::view));
      return;
    }
    if (ttl.isPresent() && (ttl.get().isNegative() || ttl.get().isZero())) {
      reply.accept(
          Outcome.refused(
              RefusalCode.ILLEGAL_ARGUMENT, "a TTL is longer than zero, not " + ttl.get()));
      return;
    }
    if (!recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(RefusalCode.STORAGE_FULL, "the disk is full"));
      return;
    }
    long millis = ttl.map(Duration::toMillis).orElse(Queue.TTL_OF_PARENT);
    recorder.record(new Change.TtlChanged(found.value().id, millis));
    LiteTopicView view = view(found.value());
    recorder.whenDurable(() -> reply.accept(Outcome.ok(view)));
  }

  private Outcome<Queue> find(String topicName, String name) {
    Topic topic = catalog.topic(topicName);
    if (topic == null) {
      return Outcome.refused(
          RefusalCode.TOPIC_NOT_FOUND, "the topic '" + topicName + "' does not exist");
    }
    Queue queue = queues.byName(topic, name);
    return queue == null
        ? Outcome.refused(
            RefusalCode.LITE_TOPIC_NOT_FOUND,
            "the topic '" + topicName + "' has no lite topic '" + name + "' (now)")
        : Outcome.ok(queue);
  }

  private LiteTopicView view(Queue queue) {
    List<LiteTopicView.Subscriber> subscribers = new ArrayList<>();
    for (Follower follower : queue.followers) {
      Group group = catalog.group(follower.groupId());
      if (group != null && subscribers.size() < MAX_SUBSCRIBERS) {
        subscribers.add(new LiteTopicView.Subscriber(group.name(), follower.clientId()));
      }
    }
    List<LiteTopicView.Progress> progress = new ArrayList<>();
    for (Progress each : queue.progress) {
      progress.add(
          new LiteTopicView.Progress(
              each.group.name(), each.committed, each.backlog(), each.leased()));
    }
    return new LiteTopicView(
        queue.topic.name(),
        queue.name,
        queue.id,
        queues.firstRetained(queue),
        queue.visibleEnd,
        queue.lastAppendMillis,
        queue.lastActiveMillis,
        fold.ttlOf(queue),
        subscribers,
        progress);
  }

  // ---- groups

  void describeGroup(String name, Consumer<Outcome<GroupView>> reply) {
    Group group = catalog.group(name);
    if (group == null) {
      reply.accept(
          Outcome.refused(
              RefusalCode.GROUP_NOT_FOUND, "the consumer group '" + name + "' does not exist"));
      return;
    }
    List<GroupView.TopicProgress> topics = new ArrayList<>();
    for (GroupTopic followed : group.topics.values()) {
      topics.add(progressOn(followed));
    }
    List<String> connected = new ArrayList<>();
    for (Client client : clients.all()) {
      var info = client.info;
      if (info != null && info.group().filter(name::equals).isPresent() && !client.isGone) {
        connected.add(client.id);
      }
    }
    reply.accept(Outcome.ok(new GroupView(group.definition(), topics, connected)));
  }

  private GroupView.TopicProgress progressOn(GroupTopic followed) {
    List<Queue> all = queuesOf(followed);
    long backlog = 0;
    long leased = 0;
    for (Queue queue : all) {
      Progress progress = queues.progress(followed, queue);
      backlog += progress.backlog();
      leased += progress.leased();
    }
    return new GroupView.TopicProgress(followed.topic.name(), followed.filter(), backlog, leased);
  }

  /** STANDARD groups: all queues of the topic; LITE groups: those that are pending. */
  private List<Queue> queuesOf(GroupTopic followed) {
    List<Queue> found = new ArrayList<>();
    if (!followed.group.isLite()) {
      byte[] from = Keys.of(followed.topic.id);
      List<Long> queueIds = new ArrayList<>();
      rows.scan(
          Table.QUEUE_NAME,
          from,
          Keys.after(from),
          (key, value) -> queueIds.add(Keys.longAt(value, 0)) && queueIds.size() < MAX_QUEUES);
      addAll(queueIds, found);
      return found;
    }
    byte[] from = Keys.of(followed.group.id);
    List<Long> queueIds = new ArrayList<>();
    rows.scan(
        Table.PENDING,
        from,
        Keys.after(from),
        (key, value) -> queueIds.add(Keys.longAt(key, 8)) && queueIds.size() < MAX_QUEUES);
    Set<Long> inMemory = new HashSet<>();
    for (Queue queue : queues.active()) {
      if (queue.topic == followed.topic && queue.progressOf(followed.group) != null) {
        found.add(queue);
        inMemory.add(queue.id);
      }
    }
    queueIds.removeAll(inMemory);
    addAll(queueIds, found);
    return found;
  }

  private void addAll(List<Long> queueIds, List<Queue> into) {
    for (long queueId : queueIds) {
      Queue queue = queues.byId(queueId);
      if (queue != null) {
        into.add(queue);
      }
    }
  }
}
