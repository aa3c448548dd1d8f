package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Owned by the shard's owner. Compares the sums of what is left with what a full scan finds. */
public final class TallyInspector {
  private final Rooms rooms;

  public TallyInspector(RunningShard running) {
    rooms = running.shard().rooms();
  }

  /** Sums that differ from what is in memory and in the rows of the rest; nothing is loaded. */
  public List<String> miscounted() {
    Map<GroupTopic, Map<String, Long>> expected = new HashMap<>();
    for (Queue queue : rooms.queues().active()) {
      for (Progress each : queue.progress) {
        boolean isGone = queue.isGone() || each.group.isDeleted || each.groupTopic.isGone();
        if (!isGone && (!each.group.isByName() || isFollowed(queue, each.group))) {
          add(expected, each.groupTopic, queue.fairnessKey, each.unacknowledged());
        }
      }
    }
    rooms
        .rows()
        .scan(
            Table.PROGRESS,
            new byte[0],
            Keys.after(new byte[0]),
            (key, value) -> {
              addOfRow(expected, Keys.longAt(key, 0), Keys.longAt(key, 8), value);
              return true;
            });
    List<String> found = new ArrayList<>();
    for (Group group : rooms.catalog().groups()) {
      for (GroupTopic each : group.topics.values()) {
        Map<String, Long> counted = new TreeMap<>();
        each.tally.forEach(counted::put);
        Map<String, Long> scanned = expected.getOrDefault(each, Map.of());
        long total = scanned.values().stream().mapToLong(Long::longValue).sum();
        if (!counted.equals(scanned) || each.tally.total() != total) {
          found.add(
              "%s on %s has %s before it, %d in all, not %s"
                  .formatted(group.name(), each.topic.name(), scanned, total, counted));
        }
      }
    }
    return found;
  }

  private void addOfRow(
      Map<GroupTopic, Map<String, Long>> expected, long queueId, long groupId, byte[] row) {
    boolean isInMemory = rooms.queues().active().stream().anyMatch(each -> each.id == queueId);
    byte @Nullable [] queueRow = rooms.rows().get(Table.QUEUE, Keys.of(queueId));
    Group group = rooms.catalog().group(groupId);
    if (isInMemory || queueRow == null || group == null) {
      return;
    }
    GroupTopic groupTopic = group.topics.get(Queue.topicIdOf(queueRow));
    if (groupTopic == null) {
      return;
    }
    Queue queue = Queue.fromRow(queueId, groupTopic.topic, queueRow);
    rooms.fold().liteSets().followersOf(queue.topic, queue.name).forEach(queue::add);
    if (!group.isByName() || isFollowed(queue, group)) {
      add(expected, groupTopic, queue.fairnessKey, Progress.unacknowledgedOf(row, queue));
    }
  }

  private static boolean isFollowed(Queue queue, Group group) {
    return queue.followers.stream().anyMatch(each -> each.groupId() == group.id);
  }

  private static void add(
      Map<GroupTopic, Map<String, Long>> sums, GroupTopic of, String key, long count) {
    if (count > 0) {
      sums.computeIfAbsent(of, _ -> new TreeMap<>()).merge(key, count, Long::sum);
    }
  }

  /**
   * Messages that a group which follows their topic has before it and that are not counted, as it
   * has not been begun; to be called at rest, loads all queues.
   */
  public List<String> uncounted(ShardInspector inspector) {
    Map<String, Long> before = totals();
    inspector.undrained();
    Map<String, Long> after = totals();
    List<String> found = new ArrayList<>();
    after.forEach((name, total) -> {
      if (!total.equals(before.get(name))) {
        found.add(name + " has " + total + " before it, not " + before.get(name));
      }
    });
    return found;
  }

  /** What a group has before it of a topic. */
  public long totalOf(String group, String topic) {
    return totals().getOrDefault(group + " on " + topic, 0L);
  }

  /** The index becomes one of a time in which there were no sums. */
  public void forgetSums() {
    for (long kind : BacklogTallies.ROWS) {
      List<byte[]> keys = new ArrayList<>();
      byte[] from = Keys.of(kind);
      rooms.rows().scan(Table.META, from, Keys.after(from), (key, _) -> keys.add(key));
      keys.forEach(key -> rooms.rows().delete(Table.META, key));
    }
  }

  private Map<String, Long> totals() {
    Map<String, Long> totals = new TreeMap<>();
    for (Group group : rooms.catalog().groups()) {
      for (GroupTopic each : group.topics.values()) {
        totals.put(group.name() + " on " + each.topic.name(), each.tally.total());
      }
    }
    return totals;
  }
}
