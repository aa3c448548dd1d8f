package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.lite.LiteBacklog;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. What groups have not read: adds it up, or finds the lite topics with
 * the most of it.
 *
 * <p>First what is in memory, then the rows of {@link Table#PENDING}, a few a turn and without
 * loading a queue. Others get in between, so the sum is that of a short time, not of a moment.
 */
final class Backlogs {
  private static final int ROWS_PER_TURN = 64;
  private static final int MAX_TOP = 1000;

  /** One queue in which a group has something to read. */
  interface Visitor {
    void visit(String queueName, long backlog, long oldestOffset, long lastAppendMillis);
  }

  /** One queue in which something waits for a group: it was not handed out, or not for good. */
  interface WaitingVisitor {
    void visit(Queue queue, long messages, long firstOffset);
  }

  /** What a walk does with each queue. */
  private interface Look {
    void at(Queue queue, Progress progress);
  }

  /** One walk over what a group has to read in a topic. */
  private static final class Walk {
    final GroupTopic followed;
    final Look look;
    final Runnable done;

    /** Queues that were in memory when the walk began. */
    final LongOpenHashSet seen = new LongOpenHashSet();

    byte[] cursor;

    Walk(GroupTopic followed, Look look, Runnable done) {
      this.followed = followed;
      this.look = look;
      this.done = done;
      cursor = Keys.of(followed.group.id);
    }
  }

  private final Catalog catalog;
  private final QueueTable queues;
  private final Rows rows;
  private final Consumer<Runnable> later;

  Backlogs(ShardState state, Rows rows, Consumer<Runnable> later) {
    catalog = state.catalog();
    queues = state.queues();
    this.rows = rows;
    this.later = later;
  }

  /** Visits all queues of the topic in which the group has something to read. */
  void walk(GroupTopic followed, Visitor visitor, Runnable done) {
    walk(
        followed,
        (queue, progress) -> {
          long backlog = progress.backlog();
          if (backlog > 0) {
            visitor.visit(queue.name, backlog, progress.committed, queue.lastAppendMillis);
          }
        },
        done);
  }

  /** Visits all queues of the topic in which something waits to be handed out. */
  void walkWaiting(GroupTopic followed, WaitingVisitor visitor, Runnable done) {
    walk(
        followed,
        (queue, progress) -> {
          long waiting = progress.backlog() - progress.leased();
          if (waiting > 0) {
            visitor.visit(queue, waiting, progress.firstAvailable());
          }
        },
        done);
  }

  private void walk(GroupTopic followed, Look look, Runnable done) {
    Walk walk = new Walk(followed, look, done);
    for (Queue queue : queues.active()) {
      Progress progress =
          queue.topic == followed.topic && !queue.isGone()
              ? queue.progressOf(followed.group)
              : null;
      if (progress != null) {
        walk.seen.add(queue.id);
        look.at(queue, progress);
      }
    }
    step(walk);
  }

  private void step(Walk walk) {
    Group group = walk.followed.group;
    if (walk.followed.isGone()) {
      walk.done.run();
      return;
    }
    List<Long> found = new ArrayList<>(ROWS_PER_TURN);
    rows.scan(
        Table.PENDING,
        walk.cursor,
        Keys.after(Keys.of(group.id)),
        (key, _) -> {
          found.add(Keys.longAt(key, 8));
          walk.cursor = Keys.after(key);
          return found.size() < ROWS_PER_TURN;
        });
    for (long queueId : found) {
      if (!walk.seen.contains(queueId)) {
        look(walk, queueId);
      }
    }
    if (found.size() == ROWS_PER_TURN) {
      later.accept(() -> step(walk));
    } else {
      walk.done.run();
    }
  }

  private void look(Walk walk, long queueId) {
    byte[] queueRow = rows.get(Table.QUEUE, Keys.of(queueId));
    if (queueRow == null || Queue.topicIdOf(queueRow) != walk.followed.topic.id) {
      return;
    }
    // Copies to be looked at: what is leased in them is counted nowhere.
    Queue queue = Queue.fromRow(queueId, walk.followed.topic, queueRow);
    byte[] row = rows.get(Table.PROGRESS, Keys.of(queueId, walk.followed.group.id));
    Progress progress =
        row == null
            ? new Progress(walk.followed, queue, queue.firstOffset)
            : Progress.copyOfRow(walk.followed, queue, row);
    walk.look.at(queue, progress);
  }

  /**
   * Finds the lite topics with the largest backlogs, largest first; that of a lite topic is that of
   * its slowest group.
   */
  void top(String topicName, int limit, Consumer<Outcome<List<LiteBacklog>>> reply) {
    Topic topic = catalog.topic(topicName);
    if (topic == null) {
      reply.accept(
          Outcome.refused(
              RefusalCode.TOPIC_NOT_FOUND, "the topic '" + topicName + "' does not exist"));
      return;
    }
    Top top = new Top(Math.clamp(limit, 1, MAX_TOP));
    next(List.copyOf(topic.followers).iterator(), top, reply);
  }

  private void next(
      Iterator<GroupTopic> followers, Top top, Consumer<Outcome<List<LiteBacklog>>> reply) {
    if (!followers.hasNext()) {
      reply.accept(Outcome.ok(top.largestFirst()));
      return;
    }
    GroupTopic followed = followers.next();
    walk(
        followed,
        (name, backlog, oldest, lastAppend) ->
            top.offer(new LiteBacklog(name, followed.group.name(), backlog, oldest, lastAppend)),
        () -> next(followers, top, reply));
  }

  /** Owned by the shard thread. The largest of many, each lite topic once. */
  private static final class Top {
    private static final Comparator<LiteBacklog> BY_SIZE =
        Comparator.comparingLong(LiteBacklog::backlog)
            .thenComparing(LiteBacklog::liteTopic, Comparator.reverseOrder());

    private final int limit;
    private final PriorityQueue<LiteBacklog> smallestFirst = new PriorityQueue<>(BY_SIZE);
    private final Map<String, LiteBacklog> byName = new HashMap<>();

    Top(int limit) {
      this.limit = limit;
    }

    void offer(LiteBacklog offered) {
      LiteBacklog known = byName.get(offered.liteTopic());
      if (known != null) {
        if (known.backlog() >= offered.backlog()) {
          return;
        }
        smallestFirst.remove(known);
      }
      smallestFirst.add(offered);
      byName.put(offered.liteTopic(), offered);
      if (smallestFirst.size() > limit) {
        byName.remove(smallestFirst.remove().liteTopic());
      }
    }

    List<LiteBacklog> largestFirst() {
      return smallestFirst.stream().sorted(BY_SIZE.reversed()).toList();
    }
  }
}
