package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Owned by the shard thread. Brings queues that hold something into the ready sets that had no room
 * for them, when those who poll have taken the most of what they had.
 *
 * <p>A ready set holds a bounded number of queues; all others with something undelivered are rows
 * of {@link Table#PENDING}, which is walked by group, a few rows a turn, round and round: each walk
 * goes on where the last one stopped, so that none waits for ever. A subscriber that has seen all
 * rows without being full misses nothing and is told of everything new by events again.
 */
final class Refills {
  /** About a millisecond's work: each of these queues is loaded. */
  private static final int ROWS_PER_TURN = 32;

  /** The walk of one group, and who waits for it with the number of ends that it must reach. */
  private static final class Walk {
    final Group group;
    final Map<Subscriber, Integer> waiting = new LinkedHashMap<>(2);

    Walk(Group group) {
      this.group = group;
    }
  }

  private final EngineConfig config;
  private final Catalog catalog;
  private final QueueTable queues;
  private final Rows rows;
  private final ShardClock clock;
  private final Dispatcher dispatcher;
  private final ArrayDeque<Walk> walks = new ArrayDeque<>();

  Refills(EngineConfig config, ShardState state, Rows rows, Dispatcher dispatcher) {
    this.config = config;
    catalog = state.catalog();
    queues = state.queues();
    this.rows = rows;
    clock = state.clock();
    this.dispatcher = dispatcher;
  }

  /** Somebody polls, misses something and has little left. */
  void want(Subscriber subscriber) {
    if (subscriber.isRefilled) {
      return;
    }
    subscriber.isRefilled = true;
    subscriber.misses = false;
    Walk walk = walkOf(subscriber.group);
    // The walk may stand in the middle: what lies before is seen after it began anew.
    walk.waiting.put(subscriber, walk.group.refillFrom == null ? 1 : 2);
  }

  private Walk walkOf(Group group) {
    for (Walk each : walks) {
      if (each.group == group) {
        return each;
      }
    }
    Walk walk = new Walk(group);
    walks.add(walk);
    return walk;
  }

  boolean isIdle() {
    return walks.isEmpty();
  }

  /** Does a few rows; whether there was anything to do. */
  boolean turn() {
    Walk walk = walks.poll();
    if (walk == null) {
      return false;
    }
    walk.waiting.keySet().removeIf(this::isServed);
    if (catalog.group(walk.group.id) != walk.group) {
      walk.waiting.keySet().forEach(each -> each.isRefilled = false);
      walk.waiting.clear();
    }
    if (!walk.waiting.isEmpty()) {
      List<Subscriber> done = go(walk);
      walks.add(walk);
      // What was there may be used up by now, and rows that it had no room for are left.
      done.forEach(dispatcher::refill);
    }
    return true;
  }

  /** It is full again, or polls no more; it still misses what it has not seen. */
  private boolean isServed(Subscriber subscriber) {
    boolean isServed =
        !subscriber.isWanted(clock.millis())
            || subscriber.ready.openSize() >= config.readyWindow()
            || subscriber.ready.size() >= Dispatcher.MAX_WINDOWS * config.readyWindow();
    if (isServed) {
      subscriber.isRefilled = false;
      subscriber.misses = true;
    }
    return isServed;
  }

  /** Does a few rows; those who have seen all. */
  private List<Subscriber> go(Walk walk) {
    Group group = walk.group;
    byte[] first = Keys.of(group.id);
    byte[] from = group.refillFrom == null ? first : group.refillFrom;
    List<byte[]> found = new ArrayList<>(ROWS_PER_TURN);
    rows.scan(
        Table.PENDING,
        from,
        Keys.after(first),
        (key, _) -> {
          found.add(key);
          return found.size() < ROWS_PER_TURN;
        });
    for (byte[] key : found) {
      load(group, Keys.longAt(key, 8));
    }
    if (found.size() == ROWS_PER_TURN) {
      group.refillFrom = Keys.after(found.getLast());
      return List.of();
    }
    group.refillFrom = null;
    walk.waiting.replaceAll((_, ends) -> ends - 1);
    List<Subscriber> done = new ArrayList<>(1);
    walk.waiting
        .entrySet()
        .removeIf(each -> {
          boolean hasSeenAll = each.getValue() == 0;
          if (hasSeenAll) {
            each.getKey().isRefilled = false;
            done.add(each.getKey());
          }
          return hasSeenAll;
        });
    return done;
  }

  private void load(Group group, long queueId) {
    Queue queue = queues.byId(queueId);
    GroupTopic groupTopic = queue == null ? null : group.topics.get(queue.topic.id);
    if (queue == null || groupTopic == null) {
      return;
    }
    Progress progress = queues.progress(groupTopic, queue);
    dispatcher.wake(progress);
    if (progress.readySets == 0) {
      queues.release(queue);
    }
  }
}
