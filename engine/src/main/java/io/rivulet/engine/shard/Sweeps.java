package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Work over many rows, done a few at a time between other work: finding
 * old backlogs after a start, showing an old topic to a new group, new TTLs for old lite topics,
 * removing what is left of what was deleted.
 *
 * <p>Each kind but {@link Kind#PENDING} is entered in the META table by the record that causes it
 * and taken out when done; a restart begins it again, and doing a row twice does no harm.
 */
final class Sweeps {
  /** Rows done per turn: about a millisecond's work. */
  private static final int ROWS_PER_TURN = 32;

  /** The same where rows are only looked at. */
  private static final int LOOKS_PER_TURN = 1024;

  /** What is done to each row. */
  enum Kind {
    /** (group, -): wake the progress that had leases or was suspended before the start. */
    PENDING(1000),
    /** (group, topic): show all queues of the topic to the group. */
    BACKFILL(1001),
    /** (topic, -): enter the lite topics in the expiry table anew. */
    RETIME(1002),
    /** (topic, -): remove the queues of a deleted topic, from memory and their rows. */
    PURGE(1003),
    /** (group, -): remove what was pending for a deleted group, and the progress. */
    FORGET(1004),
    /** (subscription to streams, -): remove how far a deleted one was. */
    UNLINK(1005);

    /** In row keys. */
    private final long code;

    Kind(long code) {
      this.code = code;
    }

    private byte[] key(long about, long also) {
      return Keys.of(code, about, also);
    }
  }

  private static final class Task {
    final Kind kind;
    final long first;
    final long second;
    byte[] cursor;

    Task(Kind kind, long first, long second, byte[] cursor) {
      this.kind = kind;
      this.first = first;
      this.second = second;
      this.cursor = cursor;
    }
  }

  /** A queue that a task has to do with; the name is known where the task goes by names. */
  private record Found(long queueId, String name) {}

  private final Catalog catalog;
  private final QueueTable queues;
  private final Fold fold;
  private final Rows rows;
  private final Dispatcher dispatcher;
  private final ArrayDeque<Task> tasks = new ArrayDeque<>();

  /** Queues that the replay touched: what it put there may not be entered as pending yet. */
  private final ArrayDeque<Long> replayed = new ArrayDeque<>();

  Sweeps(ShardState state, Rows rows, Dispatcher dispatcher) {
    catalog = state.catalog();
    queues = state.queues();
    fold = state.fold();
    this.rows = rows;
    this.dispatcher = dispatcher;
  }

  static byte[] key(Kind kind, long first, long second) {
    return kind.key(first, second);
  }

  /** At start: everything that is pending, and what was under way. */
  void load() {
    queues.active().forEach(queue -> replayed.add(queue.id));
    for (Group group : catalog.groups()) {
      tasks.add(new Task(Kind.PENDING, group.id, 0, Keys.of(group.id)));
      // What is undelivered is looked for when somebody polls.
      group.topics.values().forEach(each -> each.subscriber.misses = true);
    }
    for (Kind kind : Kind.values()) {
      findNew(kind);
    }
  }

  /** Takes up what a record has just caused. */
  void begin(Kind kind, long first, long second) {
    long scanned = kind == Kind.BACKFILL ? second : first;
    tasks.add(new Task(kind, first, second, Keys.of(scanned)));
  }

  private void findNew(Kind kind) {
    byte[] from = Keys.of(kind.code);
    rows.scan(
        Table.META,
        from,
        Keys.after(from),
        (key, value) -> {
          begin(kind, Keys.longAt(key, 8), Keys.longAt(key, 16));
          return true;
        });
  }

  boolean isIdle() {
    return tasks.isEmpty() && replayed.isEmpty();
  }

  /** Does a few rows; whether there was anything to do. */
  boolean turn() {
    if (!replayed.isEmpty()) {
      wakeReplayed();
      return true;
    }
    Task task = tasks.poll();
    if (task == null) {
      return false;
    }
    byte[] end = Keys.after(Keys.of(task.kind == Kind.BACKFILL ? task.second : task.first));
    Table table =
        switch (task.kind) {
          case PENDING, FORGET -> Table.PENDING;
          case UNLINK -> Table.STREAM_LINK;
          case BACKFILL, RETIME, PURGE -> Table.QUEUE_NAME;
        };
    List<Found> found = new ArrayList<>(ROWS_PER_TURN);
    String prefix = prefixOf(task);
    int[] looks = new int[1];
    rows.scan(
        table,
        task.cursor,
        end,
        (key, value) -> {
          if (table == Table.QUEUE_NAME) {
            String name = Keys.textAt(key, 8);
            if (name.startsWith(prefix)) {
              found.add(new Found(Keys.longAt(value, 0), name));
            }
          } else if (task.kind != Kind.PENDING || QueueTable.isTimed(value)) {
            found.add(new Found(Keys.longAt(key, 8), ""));
          }
          task.cursor = Keys.after(key);
          looks[0]++;
          return found.size() < ROWS_PER_TURN && looks[0] < LOOKS_PER_TURN;
        });
    found.forEach(each -> work(task, each));
    if (found.size() == ROWS_PER_TURN || looks[0] == LOOKS_PER_TURN) {
      tasks.add(task);
    } else if (task.kind != Kind.PENDING) {
      rows.delete(Table.META, key(task.kind, task.first, task.second));
    }
    return true;
  }

  /** Of the names of the queues that the task is about. */
  private String prefixOf(Task task) {
    Group group = task.kind == Kind.BACKFILL ? catalog.group(task.first) : null;
    return group == null ? "" : group.definition().litePrefix().orElse("");
  }

  private void wakeReplayed() {
    for (int i = 0; i < ROWS_PER_TURN && !replayed.isEmpty(); i++) {
      Queue queue = queues.byId(replayed.remove());
      if (queue != null) {
        queues.beginProgress(queue);
        queue.progress.forEach(dispatcher::wake);
      }
    }
  }

  private void work(Task task, Found found) {
    switch (task.kind) {
      case PENDING, BACKFILL -> wake(found.queueId, catalog.group(task.first));
      case RETIME -> retime(found.queueId);
      case PURGE -> queues.purge(task.first, found.name, found.queueId);
      case FORGET -> queues.forget(task.first, found.queueId);
      case UNLINK -> {
        rows.delete(Table.STREAM_LINK, Keys.of(task.first, found.queueId));
        rows.delete(Table.STREAM_PENDING, Keys.of(task.first, found.queueId));
      }
    }
  }

  private void retime(long queueId) {
    Queue queue = queues.byId(queueId);
    if (queue != null) {
      fold.expiry().retime(queue);
    }
  }

  private void wake(long queueId, @Nullable Group group) {
    Queue queue = queues.byId(queueId);
    if (queue == null) {
      return;
    }
    GroupTopic groupTopic = group == null ? null : group.topics.get(queue.topic.id);
    if (groupTopic != null) {
      Progress progress = queues.progress(groupTopic, queue);
      queues.markDirty(progress);
      dispatcher.wake(progress);
    }
  }
}
