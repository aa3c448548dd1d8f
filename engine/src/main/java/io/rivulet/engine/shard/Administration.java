package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Owned by the shard thread. Defines and changes topics and groups, and who follows what. */
final class Administration implements Dispatcher.QueueWatcher {
  /** Groups that may follow topics that do not exist yet. */
  private static final int MAX_WANTED = 100_000;

  /** A group that wants a topic which is not there yet. */
  private record Wanted(String group, Filter filter, long position) {}

  private final EngineConfig config;
  private final Catalog catalog;
  private final Recorder recorder;
  private final Ids ids;
  private final Dispatcher dispatcher;
  private final Sweeps sweeps;
  private final Map<String, List<Wanted>> wanted = new HashMap<>();
  private int wantedCount;

  Administration(EngineConfig config, ShardState state, Dispatcher dispatcher, Sweeps sweeps) {
    this.config = config;
    catalog = state.catalog();
    recorder = state.recorder();
    ids = state.ids();
    this.dispatcher = dispatcher;
    this.sweeps = sweeps;
  }

  // ---- topics

  void defineTopic(TopicDefinition wish, Consumer<Outcome<TopicDefinition>> reply) {
    Refusal refusal = check(wish);
    Topic topic = catalog.topic(wish.name());
    if (refusal == null && topic != null && topic.type() != wish.type()) {
      refusal =
          new Refusal(
              RefusalCode.TYPE_MISMATCH,
              "the topic '"
                  + wish.name()
                  + "' exists with type "
                  + topic.type()
                  + "; a topic's type can't be changed to "
                  + wish.type());
    }
    if (refusal != null) {
      reply.accept(Outcome.refused(refusal));
      return;
    }
    if (topic == null) {
      recorder.record(new Change.TopicDefined(ids.next(), wish));
      Topic made = catalog.topic(wish.name());
      if (made != null) {
        dispatcher.topicMade(made);
      }
    } else if (!topic.definition().equals(wish)) {
      recorder.record(new Change.TopicDefined(topic.id, wish));
      sweeps.begin(Sweeps.Kind.RETIME, topic.id, 0);
    }
    recorder.whenDurable(() -> reply.accept(Outcome.ok(wish)));
  }

  private @Nullable Refusal check(TopicDefinition wish) {
    Refusal illegal = Names.checkTopic(wish.name());
    if (illegal != null) {
      return illegal;
    }
    if (wish.type() == TopicType.TRANSACTION) {
      return new Refusal(
          RefusalCode.UNSUPPORTED,
          "topics of type TRANSACTION are not served yet: NORMAL, FIFO, LITE, PRIORITY and DELAY are");
    }
    if (wish.type() != TopicType.LITE && wish.attributes().contentType().isPresent()) {
      return new Refusal(
          RefusalCode.ILLEGAL_ARGUMENT,
          "a topic of type "
              + wish.type()
              + " has no content type: it is that of messages in the lite topics of a LITE topic");
    }
    Refusal ttl = wish.liteTtl().map(this::checkTtl).orElse(null);
    if (ttl != null) {
      return ttl;
    }
    return recorder.hasRoomForDefinitions() ? null : recorder.noRoom();
  }

  private @Nullable Refusal checkTtl(Duration ttl) {
    if (ttl.isNegative() || ttl.isZero()) {
      return new Refusal(RefusalCode.ILLEGAL_ARGUMENT, "a TTL is longer than zero, not " + ttl);
    }
    Duration retention = config.retentionTime().orElse(null);
    return retention == null || ttl.compareTo(retention) <= 0
        ? null
        : new Refusal(
            RefusalCode.ILLEGAL_ARGUMENT,
            "the TTL of "
                + ttl
                + " is longer than the log's retention of "
                + retention
                + ", which would take the messages before");
  }

  // ---- groups

  void defineGroup(GroupDefinition wish, Consumer<Outcome<GroupDefinition>> reply) {
    Group group = catalog.group(wish.name());
    Refusal refusal = group == null ? checkNew(wish) : checkFits(group, wish);
    if (refusal == null && group != null) {
      refusal = checkPrefix(group.definition(), wish);
    }
    if (refusal == null && !recorder.hasRoomForProgress()) {
      refusal = recorder.noRoom();
    }
    if (refusal != null) {
      reply.accept(Outcome.refused(refusal));
      return;
    }
    if (group == null) {
      recorder.record(new Change.GroupDefined(ids.next(), wish));
    } else if (!group.definition().equals(wish)) {
      dispatcher.reshare(group, () -> recorder.record(new Change.GroupDefined(group.id, wish)));
    }
    recorder.whenDurable(() -> reply.accept(Outcome.ok(wish)));
  }

  void ensureGroup(GroupDefinition wish, Consumer<Outcome<GroupDefinition>> reply) {
    Group group = catalog.group(wish.name());
    if (group == null && !config.autoCreateGroups()) {
      reply.accept(
          Outcome.refused(
              RefusalCode.GROUP_NOT_FOUND,
              "the consumer group '"
                  + wish.name()
                  + "' does not exist, and groups are not auto-created"));
      return;
    }
    Refusal refusal = group == null ? checkNew(wish) : checkFits(group, wish);
    if (refusal != null) {
      reply.accept(Outcome.refused(refusal));
    } else if (group == null) {
      defineGroup(wish, reply);
    } else {
      GroupDefinition known = group.definition();
      recorder.whenDurable(() -> reply.accept(Outcome.ok(known)));
    }
  }

  private @Nullable Refusal checkNew(GroupDefinition wish) {
    Refusal illegal = Names.checkGroup(wish.name());
    if (illegal != null) {
      return illegal;
    }
    illegal =
        wish.litePrefix()
            .filter(prefix -> !prefix.isEmpty())
            .map(Names::checkLiteTopic)
            .orElse(null);
    if (illegal != null) {
      return illegal;
    }
    Topic bound = wish.boundTopic().map(catalog::topic).orElse(null);
    if (bound != null && bound.type() != TopicType.LITE) {
      return new Refusal(
          RefusalCode.GROUP_MISMATCH,
          "the group '"
              + wish.name()
              + "' can't be bound to the topic '"
              + bound.name()
              + "', which is of type "
              + bound.type()
              + ", not LITE");
    }
    return recorder.hasRoomForDefinitions() ? null : recorder.noRoom();
  }

  private static @Nullable Refusal checkFits(Group group, GroupDefinition wish) {
    GroupDefinition known = group.definition();
    if (known.kind() == wish.kind() && known.boundTopic().equals(wish.boundTopic())) {
      return null;
    }
    return new Refusal(
        RefusalCode.GROUP_MISMATCH,
        "the consumer group '"
            + known.name()
            + "' is "
            + describe(known)
            + "; it can't be used as "
            + describe(wish));
  }

  /** What a group follows is fixed: what it has not seen of a new prefix could not be told. */
  private static @Nullable Refusal checkPrefix(GroupDefinition known, GroupDefinition wish) {
    return known.litePrefix().equals(wish.litePrefix())
        ? null
        : new Refusal(
            RefusalCode.GROUP_MISMATCH,
            "the consumer group '"
                + known.name()
                + "' follows "
                + describeFollowed(known)
                + "; it can't be changed to follow "
                + describeFollowed(wish));
  }

  static String describeFollowed(GroupDefinition group) {
    return group
        .litePrefix()
        .map(prefix ->
            prefix.isEmpty()
                ? "all lite topics"
                : "all lite topics whose names begin with '" + prefix + "'")
        .orElse("lite topics by name");
  }

  private static String describe(GroupDefinition group) {
    return group.kind() == GroupKind.STANDARD
        ? "a STANDARD group, for push and simple consumers of whole topics"
        : "a LITE group bound to the topic '" + group.boundTopic().orElse("") + "'";
  }

  // ---- who follows what

  void subscribe(
      String groupName, String topicName, Filter filter, Consumer<Outcome<Filter>> reply) {
    Group group = catalog.group(groupName);
    if (group == null) {
      reply.accept(Deletions.noGroup(groupName));
      return;
    }
    if (group.isBeingDeleted) {
      reply.accept(Outcome.refused(Deletions.goingGroup(group)));
      return;
    }
    Topic topic = catalog.topic(topicName);
    if (topic == null) {
      want(group, topicName, filter);
      recorder.whenDurable(() -> reply.accept(Outcome.ok(filter)));
      return;
    }
    Refusal refusal =
        recorder.hasRoomForProgress() ? follow(group, topic, filter) : recorder.noRoom();
    if (refusal != null) {
      reply.accept(Outcome.refused(refusal));
      return;
    }
    recorder.whenDurable(() -> reply.accept(Outcome.ok(filter)));
  }

  private void want(Group group, String topicName, Filter filter) {
    List<Wanted> others = wanted.computeIfAbsent(topicName, _ -> new ArrayList<>(1));
    boolean isKnown = others.removeIf(each -> each.group.equals(group.name()));
    if (isKnown || wantedCount < MAX_WANTED) {
      others.add(new Wanted(group.name(), filter, ids.logEnd()));
      wantedCount += isKnown ? 0 : 1;
    }
  }

  /** The group follows the topic from now on with this filter. */
  @Nullable Refusal follow(Group group, Topic topic, Filter filter) {
    Refusal refusal = checkMayFollow(group, topic);
    if (refusal != null) {
      return refusal;
    }
    GroupTopic known = group.topics.get(topic.id);
    if (known != null && known.filter().equals(filter)) {
      return null;
    }
    if (topic.isBeingDeleted) {
      return Deletions.goingTopic(topic);
    }
    follow(group, topic, filter, ids.logEnd());
    return null;
  }

  private static @Nullable Refusal checkMayFollow(Group group, Topic topic) {
    boolean isLiteTopic = topic.type() == TopicType.LITE;
    if (group.isLite() == isLiteTopic) {
      String bound = group.definition().boundTopic().orElse(topic.name());
      return bound.equals(topic.name())
          ? null
          : new Refusal(
              RefusalCode.GROUP_MISMATCH,
              "the group '"
                  + group.name()
                  + "' is bound to the topic '"
                  + bound
                  + "', not to '"
                  + topic.name()
                  + "'");
    }
    return new Refusal(
        RefusalCode.GROUP_MISMATCH,
        isLiteTopic
            ? "the topic '"
                + topic.name()
                + "' is of type LITE: it is followed lite topic by lite topic, by a lite consumer"
                + " whose group is bound to it; the group '"
                + group.name()
                + "' is a STANDARD group"
            : "the group '"
                + group.name()
                + "' is a LITE group; the topic '"
                + topic.name()
                + "' is of type "
                + topic.type());
  }

  private void follow(Group group, Topic topic, Filter filter, long position) {
    boolean isNew = !group.topics.containsKey(topic.id);
    long startPosition = 0;
    long startMillis = 0;
    switch (group.definition().start()) {
      case StartFrom.First _ -> startPosition = 0;
      case StartFrom.Last _ -> startPosition = position;
      case StartFrom.At at -> {
        startPosition = position;
        startMillis = Math.max(1, at.time().toEpochMilli());
      }
    }
    recorder.record(
        new Change.TopicFollowed(group.id, topic.id, startPosition, startMillis, filter));
    if (isNew && !group.isByName()) {
      sweeps.begin(Sweeps.Kind.BACKFILL, group.id, topic.id);
    }
  }

  @Override
  public void topicMade(Topic topic) {
    List<Wanted> followers = wanted.remove(topic.name());
    if (followers == null) {
      return;
    }
    wantedCount -= followers.size();
    for (Wanted each : followers) {
      Group group = catalog.group(each.group);
      if (group != null && checkMayFollow(group, topic) == null) {
        follow(group, topic, each.filter, each.position);
      }
    }
  }

  @Override
  public void queueMade(Queue queue) {}

  @Override
  public void visible(Queue queue) {}
}
