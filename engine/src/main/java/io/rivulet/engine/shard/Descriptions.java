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
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Owned by the shard thread. Describes lite topics and groups to people and programs. */
final class Descriptions {
  private static final int MAX_SUBSCRIBERS = 100;

  /** Lite topics per page at most: each is a few reads of the index on the shard thread. */
  private static final int MAX_PAGE = 1000;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Fold fold;
  private final Recorder recorder;
  private final Rows rows;
  private final Clients clients;
  private final Reclaimer reclaimer;
  private final Backlogs backlogs;

  Descriptions(
      ShardState state, Rows rows, Clients clients, Reclaimer reclaimer, Backlogs backlogs) {
    catalog = state.catalog();
    queues = state.queues();
    fold = state.fold();
    recorder = state.recorder();
    this.rows = rows;
    this.clients = clients;
    this.reclaimer = reclaimer;
    this.backlogs = backlogs;
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
      reply.accept(Outcome.refused(recorder.noRoom()));
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
      reply.accept(Outcome.refused(recorder.noRoom()));
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
        fold.expiry().ttlOf(queue),
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
    progress(
        List.copyOf(group.topics.values()).iterator(),
        new ArrayList<>(),
        topics -> reply.accept(Outcome.ok(view(group, topics))));
  }

  /** Adds up one topic after the other, a few queues a turn. */
  private void progress(
      Iterator<GroupTopic> followed,
      List<GroupView.TopicProgress> known,
      Consumer<List<GroupView.TopicProgress>> done) {
    if (!followed.hasNext()) {
      done.accept(known);
      return;
    }
    GroupTopic next = followed.next();
    long[] backlog = new long[1];
    backlogs.walk(
        next,
        (_, unread, _, _) -> backlog[0] += unread,
        () -> {
          known.add(
              new GroupView.TopicProgress(
                  next.topic.name(), next.filter(), backlog[0], next.leased));
          progress(followed, known, done);
        });
  }

  private GroupView view(Group group, List<GroupView.TopicProgress> topics) {
    List<String> connected = new ArrayList<>();
    for (Client client : clients.all()) {
      var info = client.info;
      if (info != null && info.group().filter(group.name()::equals).isPresent() && !client.isGone) {
        connected.add(client.id);
      }
    }
    return new GroupView(group.definition(), topics, connected);
  }
}
