package io.rivulet.engine.shard;

import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.limit.LimitDesk;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicDefinition;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: concurrent maps that only the shard thread writes. All topics and groups.
 */
final class Catalog {
  private final Map<String, Topic> topics = new ConcurrentHashMap<>();
  private final Map<String, Topic> parkingTopics = new ConcurrentHashMap<>();
  private final Map<String, Topic> copiesTopics = new ConcurrentHashMap<>();
  private final Map<Long, Topic> topicsById = new ConcurrentHashMap<>();
  private final Map<String, Namespace> namespaces = new ConcurrentHashMap<>();
  private final Map<String, Group> groups = new ConcurrentHashMap<>();
  private final Map<Long, Group> groupsById = new ConcurrentHashMap<>();

  private final @Nullable LimitDesk desk;

  /** Of the only shard. */
  Catalog() {
    this(null);
  }

  /**
   * Makes an empty one.
   *
   * @param desk where groups ask for limits that hold for several shards; null: there is one shard
   */
  Catalog(@Nullable LimitDesk desk) {
    this.desk = desk;
  }

  /** A group that is to be added. */
  Group newGroup(long id, GroupDefinition definition, ShardClock clock) {
    return new Group(id, definition, clock, desk);
  }

  /** Where groups ask for limits that hold for several shards; null: there is one shard. */
  @Nullable LimitDesk limitDesk() {
    return desk;
  }

  @Nullable Topic topic(String name) {
    return topics.get(name);
  }

  @Nullable Topic topic(long id) {
    return topicsById.get(id);
  }

  /** Where what is sent to a topic waits for its time; null if nothing ever has. */
  @Nullable Topic parkingOf(Topic topic) {
    return parkingTopics.get(topic.name());
  }

  /** Where forks in a topic have what they begin with; null: no source is in another shard. */
  @Nullable Topic copiesOf(Topic topic) {
    return copiesTopics.get(topic.name());
  }

  /** All topics for what waits. */
  Collection<Topic> parkingTopics() {
    return parkingTopics.values();
  }

  @Nullable Group group(String name) {
    return groups.get(name);
  }

  @Nullable Group group(long id) {
    return groupsById.get(id);
  }

  Collection<Topic> topics() {
    return topics.values();
  }

  Collection<Group> groups() {
    return groups.values();
  }

  /** A topic in the namespace that its name tells; it is to be added. */
  Topic newTopic(long id, TopicDefinition definition) {
    Namespace namespace =
        namespaces.computeIfAbsent(Namespace.of(Names.known(definition.name())), Namespace::new);
    return new Topic(id, definition, namespace);
  }

  void add(Topic topic) {
    named(topic).put(topic.knownName(), topic);
    topicsById.put(topic.id, topic);
  }

  void remove(Topic topic) {
    named(topic).remove(topic.knownName());
    topicsById.remove(topic.id);
  }

  /** A topic for what waits, or for copies, is not found by a name: nobody can ask for it. */
  private Map<String, Topic> named(Topic topic) {
    return topic.isParking ? parkingTopics : topic.isCopies ? copiesTopics : topics;
  }

  void add(Group group) {
    groups.put(group.name(), group);
    groupsById.put(group.id, group);
  }

  void remove(Group group) {
    groups.remove(group.name());
    groupsById.remove(group.id);
  }
}
