package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Owned by the shard thread, but for the definition, which all threads may read. */
final class Topic {
  final long id;

  /** The groups that follow it, or lite topics in it. */
  final List<GroupTopic> followers = new ArrayList<>();

  /** Of these, those that follow lite topics by prefix; by prefix. */
  private final Map<String, List<GroupTopic>> byPrefix = new HashMap<>();

  /** Lengths of these prefixes, each once. */
  private int[] prefixLengths = new int[0];

  final Namespace namespace;

  /** LITE: how many lite topics there are. */
  long liteTopics;

  /** LITE: how many subscriptions by name, one for each client and lite topic. */
  long subscriptions;

  /** What waits for its time is in queues of such a topic, which nobody follows. */
  final boolean isParking;

  /** It holds what forks begin with whose sources are in other shards ({@link ForkCopies}). */
  final boolean isCopies;

  /** Of such a topic: messages that wait for their time; all threads may read it. */
  private volatile long parked;

  /** Of these. */
  long parkedBytes;

  /** Which queue a NORMAL topic's next send joins. */
  int nextQueue;

  /** Grows whenever a message may be taken that was not before; never written. */
  long roomMade;

  /** It is going to be deleted: nothing new follows it. */
  boolean isBeingDeleted;

  /** It is gone, and its queues are, whatever of them is still in memory. */
  boolean isDeleted;

  private volatile TopicDefinition definition;

  /** Read by senders, on their threads. */
  private volatile String keyProperty = Fairness.DEFAULT_PROPERTY;

  Topic(long id, TopicDefinition definition, Namespace namespace) {
    this.id = id;
    this.namespace = namespace;
    this.definition = definition;
    isParking = definition.name().startsWith(Names.PARKING_PREFIX);
    isCopies = definition.name().startsWith(Names.COPIES_PREFIX);
  }

  void countParked(long messages, long bytes) {
    long now = parked + messages;
    parked = now;
    parkedBytes += bytes;
  }

  long parked() {
    return parked;
  }

  void countLiteTopics(long change) {
    if (!isCopies) {
      liteTopics += change;
      namespace.liteTopics += change;
    }
  }

  void countSubscriptions(long change) {
    subscriptions += change;
    namespace.subscriptions += change;
  }

  void add(GroupTopic follower) {
    followers.add(follower);
    follower
        .group
        .definition()
        .litePrefix()
        .ifPresent(
            prefix -> byPrefix.computeIfAbsent(prefix, _ -> new ArrayList<>(1)).add(follower));
    followersChanged();
  }

  void remove(GroupTopic follower) {
    followers.remove(follower);
    byPrefix.values().forEach(all -> all.remove(follower));
    byPrefix.values().removeIf(List::isEmpty);
    followersChanged();
  }

  /** The topic is gone, and nobody follows it. */
  void removeFollowers() {
    followers.clear();
    byPrefix.clear();
    followersChanged();
  }

  void chooseKeyProperty() {
    keyProperty = keyPropertyFor(followers.stream().map(each -> each.group));
  }

  /**
   * Safe for all threads. Which property tells the fairness key of a message: what the oldest of
   * the groups says that follow its topic and share by key.
   */
  static String keyPropertyFor(Stream<Group> groups) {
    return groups
        .filter(each -> each.definition().scheduling().fairness().isPresent())
        .min(Comparator.comparingLong(each -> each.id))
        .flatMap(each -> each.definition().scheduling().fairness())
        .map(Fairness::property)
        .orElse(Fairness.DEFAULT_PROPERTY);
  }

  /** Safe for all threads. */
  String keyProperty() {
    return keyProperty;
  }

  private void followersChanged() {
    roomMade++;
    chooseKeyProperty();
    prefixLengths = byPrefix.keySet().stream().mapToInt(String::length).distinct().toArray();
  }

  /**
   * Visits the groups that follow a queue whatever their clients say: all of a topic that is not
   * LITE; of a LITE one those with a prefix of the queue's name. One look-up per length of prefix,
   * however many groups there are.
   */
  void forWhole(String queueName, Consumer<GroupTopic> visitor) {
    if (type() != TopicType.LITE) {
      followers.forEach(visitor);
      return;
    }
    for (int length : prefixLengths) {
      if (length <= queueName.length()) {
        List<GroupTopic> found = byPrefix.get(queueName.substring(0, length));
        if (found != null) {
          found.forEach(visitor);
        }
      }
    }
  }

  TopicDefinition definition() {
    return definition;
  }

  void define(TopicDefinition changed) {
    roomMade++;
    definition = changed;
  }

  String name() {
    return definition.name();
  }

  /** The name by which people know the messages in it. */
  String knownName() {
    return Names.known(name());
  }

  TopicType type() {
    return definition.type();
  }
}
