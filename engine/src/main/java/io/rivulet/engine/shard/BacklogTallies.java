package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Owned by the shard thread. Counts what each group has not acknowledged of each topic, so that a
 * send can be judged without a look at any queue.
 *
 * <p>A sum of what each {@link Progress} contributes: it remembers how much that is, and whenever
 * it or its queue has changed ({@link QueueTable#markDirty}) the difference is added. What has been
 * dropped from memory keeps contributing what its rows say. A lite topic contributes to a group by
 * name as long as a client of the group follows it.
 *
 * <p>The sums are rows of META, one per group, topic and fairness key with something left, written
 * with the rows that they sum up: a start reads these alone.
 *
 * <p>What retention took counts until somebody looks at its queue: a group that polls does, and a
 * send at the queue that it would join.
 */
final class BacklogTallies {
  /** In the keys of META rows: (this, group id, topic id, fairness key) → messages. */
  private static final long SUMS = 1101;

  /** In the keys of META rows: (this) says that there are sums in this index. */
  private static final long KEPT = 1102;

  /** All of these. */
  static final List<Long> ROWS = List.of(SUMS, KEPT);

  private final Rows rows;
  private final Catalog catalog;
  private final Set<GroupTopic> changed = new LinkedHashSet<>();

  BacklogTallies(Rows rows, Catalog catalog) {
    this.rows = rows;
    this.catalog = catalog;
  }

  // ---- counting

  /** Takes a change into account; whether there was one. */
  boolean update(Progress progress) {
    if (progress.groupTopic.isGone()) {
      // Its sum went with it.
      return false;
    }
    long now = countOf(progress);
    String key = progress.queue.fairnessKey;
    long before = progress.tallied;
    if (now == before && key.equals(progress.talliedKey)) {
      return false;
    }
    Tally tally = progress.groupTopic.tally;
    if (key.equals(progress.talliedKey)) {
      tally.add(key, now - before);
    } else {
      tally.add(progress.talliedKey, -before);
      tally.add(key, now);
    }
    progress.tallied = now;
    progress.talliedKey = key;
    changed.add(progress.groupTopic);
    if (now < before) {
      progress.queue.topic.roomMade++;
    }
    return true;
  }

  /** It was read from its rows: what it contributes is in the sum. */
  static void loaded(Progress progress) {
    progress.tallied = countOf(progress);
    progress.talliedKey = progress.queue.fairnessKey;
  }

  private static long countOf(Progress progress) {
    boolean isCounted = !progress.isGone() && (!progress.group.isByName() || isFollowed(progress));
    return isCounted ? progress.unacknowledged() : 0;
  }

  private static boolean isFollowed(Progress progress) {
    for (Follower follower : progress.queue.followers) {
      if (follower.groupId() == progress.group.id) {
        return true;
      }
    }
    return false;
  }

  // ---- rows

  void write() {
    for (GroupTopic each : changed) {
      if (each.group.topics.get(each.topic.id) == each) {
        each.tally.takeChanges((key, count) -> put(each, key, count));
      }
    }
    changed.clear();
  }

  private void put(GroupTopic of, String key, long count) {
    byte[] row = key(of, key);
    if (count <= 0) {
      rows.delete(Table.META, row);
    } else {
      rows.put(Table.META, row, new ByteWriter(10).putVarLong(count).toBytes());
    }
  }

  /** The group does not follow the topic any more: one of them is gone. */
  void forget(GroupTopic gone) {
    gone.tally.forgetAll((key, _) -> rows.delete(Table.META, key(gone, key)));
    changed.remove(gone);
  }

  private static byte[] key(GroupTopic of, String key) {
    byte[] head = Keys.of(SUMS, of.group.id, of.topic.id);
    return new ByteWriter(head.length + 16).putBytes(head, 0, head.length).putString(key).toBytes();
  }

  /** Reads the sums back at a start, once the definitions are known. */
  void load() {
    if (rows.get(Table.META, Keys.of(KEPT)) == null) {
      countAll();
      rows.put(Table.META, Keys.of(KEPT), new byte[] {1});
      return;
    }
    byte[] from = Keys.of(SUMS);
    rows.scan(
        Table.META,
        from,
        Keys.after(from),
        (key, value) -> {
          Group group = catalog.group(Keys.longAt(key, 8));
          GroupTopic of = group == null ? null : group.topics.get(Keys.longAt(key, 16));
          if (of != null) {
            ByteReader in = new ByteReader(key);
            in.skip(24);
            of.tally.loaded(in.getString(), new ByteReader(value).getVarLong());
          }
          return true;
        });
  }

  // ---- an index that was written before there were sums

  private void countAll() {
    for (Group group : catalog.groups()) {
      List<Long> pending = new ArrayList<>();
      byte[] from = Keys.of(group.id);
      rows.scan(
          Table.PENDING, from, Keys.after(from), (key, _) -> pending.add(Keys.longAt(key, 8)));
      pending.forEach(queueId -> count(group, queueId));
    }
  }

  private void count(Group group, long queueId) {
    byte[] queueRow = rows.get(Table.QUEUE, Keys.of(queueId));
    GroupTopic of = queueRow == null ? null : group.topics.get(Queue.topicIdOf(queueRow));
    if (queueRow == null || of == null) {
      return;
    }
    Queue queue = Queue.fromRow(queueId, of.topic, queueRow);
    if (group.isByName() && !isFollowed(group, queue)) {
      return;
    }
    byte[] row = rows.get(Table.PROGRESS, Keys.of(queueId, group.id));
    if (row != null) {
      long count = Progress.unacknowledgedOf(row, queue);
      if (count > 0) {
        of.tally.add(queue.fairnessKey, count);
        changed.add(of);
      }
    }
  }

  private boolean isFollowed(Group group, Queue queue) {
    boolean[] found = new boolean[1];
    byte[] from = Keys.of(queue.topic.id, queue.name, group.id);
    rows.scan(
        Table.SUBSCRIBER,
        from,
        Keys.after(from),
        (_, _) -> {
          found[0] = true;
          return false;
        });
    return found[0];
  }
}
