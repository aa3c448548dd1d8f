package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.group.Filter;
import java.util.HashSet;
import java.util.Set;

/**
 * Owned by the shard thread. A group on a topic: where it starts there and what it wants.
 *
 * <p>A STANDARD group has its one ready set here; the clients of a LITE group have one each.
 */
final class GroupTopic {
  final Group group;
  final Topic topic;

  /** The group sees what lies at or after this log position. */
  final long startPosition;

  /** If not 0: of what was there before, the group sees what was stored at or after this time. */
  final long startMillis;

  /** Ready set and waiting polls of a STANDARD group. */
  final Subscriber subscriber;

  /** What the group has not acknowledged, in all queues. */
  final Tally tally = new Tally();

  /** Messages that are leased now, over all queues. */
  long leased;

  private Filter filter;
  private final Set<Long> tagHashes = new HashSet<>();

  GroupTopic(Group group, Topic topic, long startPosition, long startMillis, Filter filter) {
    this.group = group;
    this.topic = topic;
    this.startPosition = startPosition;
    this.startMillis = startMillis;
    this.filter = filter;
    subscriber = new Subscriber(group, topic.name(), "", topic.type().isStrictlyOrdered());
    filterBy(filter);
  }

  Filter filter() {
    return filter;
  }

  void filterBy(Filter changed) {
    filter = changed;
    tagHashes.clear();
    changed.tags().forEach(tag -> tagHashes.add(Hash.of(tag)));
  }

  /** Whether the queue is one of those that the group may follow. */
  boolean mayFollow(String queueName) {
    return group.definition().litePrefix().map(queueName::startsWith).orElse(true);
  }

  /** The group or the topic was deleted. */
  boolean isGone() {
    return group.isDeleted || topic.isDeleted;
  }

  boolean wants(long tagHash) {
    return tagHashes.isEmpty() || tagHashes.contains(tagHash);
  }

  byte[] toRow() {
    return new ByteWriter(32)
        .putVarLong(startPosition)
        .putVarLong(startMillis)
        .putStrings(filter.tags())
        .toBytes();
  }

  static GroupTopic fromRow(Group group, Topic topic, byte[] row) {
    ByteReader in = new ByteReader(row);
    return new GroupTopic(
        group, topic, in.getVarLong(), in.getVarLong(), new Filter(Set.copyOf(in.getStrings())));
  }
}
