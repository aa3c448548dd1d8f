package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.topic.TopicType;
import it.unimi.dsi.fastutil.Hash;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.objects.ObjectOpenCustomHashSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. The queues: those in which something happens in memory, all others as
 * rows of the index, loaded when needed and dropped when idle.
 *
 * <p>Memory is the truth for whatever it holds: a queue or progress that differs from its row is
 * never dropped before the row is written ({@link Checkpoint}).
 */
final class QueueTable {
  /** Runs read from the index at once when a consumer reads what is no longer in memory. */
  private static final int READ_AHEAD_RUNS = 64;

  private static final int MAX_SINGLE_DELETIONS = 16;

  /** Rows of the table of what is pending: new messages only, or leases and suspensions as well. */
  private static final byte[] NEW = {1};

  private static final byte[] TIMED = {2};

  /** What a queue in memory is looked up by, beside itself. */
  private record Name(long topicId, String name) {}

  /** Queues by topic and name without an object of its own for each. */
  private static final class ByName implements Hash.Strategy<Object> {
    @Override
    public int hashCode(Object each) {
      return each instanceof Queue queue
          ? hash(queue.topic.id, queue.name)
          : each instanceof Name name ? hash(name.topicId, name.name) : 0;
    }

    private static int hash(long topicId, String name) {
      return name.hashCode() * 31 + Long.hashCode(topicId);
    }

    @Override
    public boolean equals(@Nullable Object one, @Nullable Object other) {
      return one != null
          && other != null
          && topicOf(one) == topicOf(other)
          && nameOf(one).equals(nameOf(other));
    }

    private static long topicOf(Object each) {
      return each instanceof Queue queue ? queue.topic.id : ((Name) each).topicId;
    }

    private static String nameOf(Object each) {
      return each instanceof Queue queue ? queue.name : ((Name) each).name;
    }
  }

  private final Rows rows;
  private final Catalog catalog;
  private final CommitLog log;
  private final Long2ObjectOpenHashMap<Queue> active = new Long2ObjectOpenHashMap<>();
  private final ObjectOpenCustomHashSet<Object> activeByName =
      new ObjectOpenCustomHashSet<>(new ByName());
  private final int maxIdle;
  private final ArrayDeque<Queue> idleCandidates = new ArrayDeque<>();

  /** How many of them are still to be looked at before the next checkpoint. */
  private int idleLooks;

  /** Queues that came into memory since the last look. */
  private int arrived;

  private List<Queue> dirtyQueues = new ArrayList<>();
  private List<Progress> dirtyProgress = new ArrayList<>();
  private long checkpoint;

  /** What each group has not acknowledged. */
  final BacklogTallies tallies;

  QueueTable(Rows rows, Catalog catalog, CommitLog log, int maxIdle) {
    this.maxIdle = maxIdle;
    tallies = new BacklogTallies(rows, catalog);
    this.rows = rows;
    this.catalog = catalog;
    this.log = log;
  }

  // ---- finding

  @Nullable Queue byId(long queueId) {
    Queue queue = active.get(queueId);
    if (queue == null) {
      queue = load(queueId);
    }
    if (queue == null || queue.isGone()) {
      return null;
    }
    queue.touchedCheckpoint = checkpoint;
    return queue;
  }

  @Nullable Queue byName(Topic topic, String name) {
    if (topic.isDeleted) {
      return null;
    }
    if (activeByName.get(new Name(topic.id, name)) instanceof Queue queue) {
      queue.touchedCheckpoint = checkpoint;
      return queue;
    }
    byte[] id = rows.get(Table.QUEUE_NAME, Keys.of(topic.id, name));
    return id == null ? null : byId(new ByteReader(id).getLong());
  }

  /** Those in memory; of topics that are gone as well, until they are purged. */
  Collection<Queue> active() {
    return active.values();
  }

  int activeCount() {
    return active.size();
  }

  private @Nullable Queue load(long queueId) {
    byte[] row = rows.get(Table.QUEUE, Keys.of(queueId));
    if (row == null) {
      return null;
    }
    Topic topic = catalog.topic(Queue.topicIdOf(row));
    if (topic == null) {
      return null;
    }
    Queue queue = Queue.fromRow(queueId, topic, row);
    queue.isLoaded = true;
    loadFollowers(queue);
    loadProgress(queue);
    activate(queue);
    return queue;
  }

  private void loadProgress(Queue queue) {
    Topic topic = queue.topic;
    long queueId = queue.id;
    rows.scan(
        Table.PROGRESS,
        Keys.of(queueId),
        Keys.after(Keys.of(queueId)),
        (key, value) -> {
          Group group = catalog.group(Keys.longAt(key, 8));
          GroupTopic groupTopic = group == null ? null : group.topics.get(topic.id);
          if (groupTopic != null) {
            Progress progress = Progress.fromRow(groupTopic, queue, value);
            progress.pendingRow = progress.pending();
            progress.hasRow = true;
            BacklogTallies.loaded(progress);
            queue.add(progress);
          } else {
            // Of a group that was deleted: nobody else would ever remove it, nor find by it what is
            // pending.
            forgetRows(Keys.longAt(key, 8), queueId);
          }
          return true;
        });
  }

  /** Adds a queue that was just made. */
  void add(Queue queue) {
    loadFollowers(queue);
    activate(queue);
    markDirty(queue);
  }

  private void activate(Queue queue) {
    active.put(queue.id, queue);
    activeByName.add(queue);
    queue.touchedCheckpoint = checkpoint;
    idleCandidates.add(queue);
    arrived++;
  }

  void loadFollowers(Queue queue) {
    if (queue.topic.type() != TopicType.LITE || queue.topic.followers.isEmpty()) {
      return;
    }
    byte[] from = Keys.of(queue.topic.id, queue.name);
    rows.scan(
        Table.SUBSCRIBER,
        from,
        Keys.after(from),
        (key, value) -> {
          long groupId = Keys.longAt(key, from.length);
          String clientId = Keys.textAt(key, from.length + 8);
          queue.add(new Follower(groupId, clientId, new ByteReader(value).getVarLong() - 1));
          return true;
        });
  }

  /** Forgets a queue that was reclaimed, with all its rows. */
  void remove(Queue queue) {
    queue.isReclaimed = true;
    active.remove(queue.id);
    activeByName.remove(queue);
    byte[] id = Keys.of(queue.id);
    rows.delete(Table.QUEUE, id);
    rows.delete(Table.QUEUE_NAME, Keys.of(queue.topic.id, queue.name));
    if (queue.expiryMillis != 0) {
      rows.delete(Table.EXPIRY, Keys.of(queue.expiryMillis, queue.id));
    }
    for (Progress progress : queue.progress) {
      progress.drop();
      tallies.update(progress);
      rows.delete(Table.PROGRESS, Keys.of(queue.id, progress.group.id));
      rows.delete(Table.PENDING, Keys.of(progress.group.id, queue.id));
    }
    forgetEntries(queue.id, queue.nextOffset);
  }

  /**
   * Every range that is deleted slows the reads of all others until the index is compacted, so a
   * queue of a few messages loses its rows one by one: a run begins at one of its offsets.
   */
  private void forgetEntries(long queueId, long nextOffset) {
    if (nextOffset > MAX_SINGLE_DELETIONS) {
      byte[] id = Keys.of(queueId);
      rows.deleteEntries(id, Keys.after(id));
      return;
    }
    for (long offset = 0; offset < nextOffset; offset++) {
      rows.deleteEntry(Keys.of(queueId, offset));
    }
  }

  /** Removes what is pending for a group that is gone, and the progress. */
  void forget(long groupId, long queueId) {
    Queue queue = active.get(queueId);
    if (queue != null) {
      forgetProgressOfGone(queue);
    }
    forgetRows(groupId, queueId);
  }

  private void forgetRows(long groupId, long queueId) {
    rows.delete(Table.PENDING, Keys.of(groupId, queueId));
    rows.delete(Table.PROGRESS, Keys.of(queueId, groupId));
  }

  private void forgetProgressOfGone(Queue queue) {
    for (int i = queue.progress.size() - 1; i >= 0; i--) {
      Progress each = queue.progress.get(i);
      if (each.group.isDeleted) {
        queue.progress.remove(i);
        forgetRows(each.group.id, queue.id);
      }
    }
  }

  /** Removes a queue whose topic is gone from memory, if it is there, and its rows. */
  void purge(long topicId, String name, long queueId) {
    Queue queue = active.get(queueId);
    if (queue != null) {
      remove(queue);
      return;
    }
    byte[] id = Keys.of(queueId);
    rows.delete(Table.QUEUE_NAME, Keys.of(topicId, name));
    byte[] row = rows.get(Table.QUEUE, id);
    if (row != null) {
      rows.delete(Table.QUEUE, id);
      forgetEntries(queueId, Queue.nextOffsetOf(row));
      long expiry = Queue.expiryOf(row);
      if (expiry != 0) {
        rows.delete(Table.EXPIRY, Keys.of(expiry, queueId));
      }
    }
    List<byte[]> progress = new ArrayList<>();
    rows.scan(
        Table.PROGRESS,
        id,
        Keys.after(id),
        (key, value) -> {
          progress.add(key);
          return true;
        });
    progress.forEach(key -> forgetRows(Keys.longAt(key, 8), queueId));
  }

  // ---- where messages are

  /** The run that holds the offset; null if retention took it or it does not exist. */
  @Nullable Run runAt(Queue queue, long offset) {
    if (offset >= queue.nextOffset || offset < queue.firstOffset) {
      return null;
    }
    Run run = queue.runInMemory(offset);
    if (run == null) {
      readAhead(queue, offset);
      run = queue.runInMemory(offset);
    }
    return run == null || !run.isRetainedFrom(log.head()) ? null : run;
  }

  private void readAhead(Queue queue, long offset) {
    byte[] lowest = Keys.of(queue.id, 0);
    var floor = rows.floorWritten(Table.ENTRY, Keys.of(queue.id, offset), lowest);
    byte[] from = floor == null ? Keys.of(queue.id, offset) : floor.key();
    List<Run> runs = new ArrayList<>();
    rows.scanWritten(
        Table.ENTRY,
        from,
        Keys.after(Keys.of(queue.id)),
        (key, value) -> {
          runs.add(Run.fromRow(Keys.longAt(key, 8), value));
          return runs.size() < READ_AHEAD_RUNS;
        });
    queue.readAhead = runs;
  }

  /**
   * Where to look on when there is no message at an offset: whatever is left out is passed at once.
   */
  long passFrom(Queue queue, long offset) {
    return Math.max(RunSearch.next(queue, offset, rows), firstRetained(queue));
  }

  /** The first offset whose message is still in the log; the queue's end if none is. */
  long firstRetained(Queue queue) {
    long head = log.head();
    if (queue.createdPosition >= head || queue.trimmedToHead == head) {
      return queue.firstOffset;
    }
    queue.trimmedToHead = head;
    long first = firstWhere(queue, queue.firstOffset, run -> run.isAtOrAfter(head));
    if (first > queue.firstOffset) {
      queue.firstOffset = first;
      markDirty(queue);
    }
    return first;
  }

  /** The first offset at or after a log position; the queue's end if all lie before. */
  long firstAtPosition(Queue queue, long position) {
    if (queue.createdPosition >= position) {
      return firstRetained(queue);
    }
    return firstWhere(queue, firstRetained(queue), run -> run.isAtOrAfter(position));
  }

  /** The first offset stored at or after a time; the queue's end if all are older. */
  long firstAtTime(Queue queue, long epochMillis) {
    return firstWhere(queue, firstRetained(queue), run -> run.storeMillis >= epochMillis);
  }

  private long firstWhere(Queue queue, long from, Predicate<Run> isAtOrAfter) {
    return RunSearch.first(queue, from, rows, isAtOrAfter);
  }

  /** The same, retained or not, and without reading ahead. */
  @Nullable Run anyRunAt(Queue queue, long offset) {
    Run run = queue.runInMemory(offset);
    if (run != null) {
      return run;
    }
    var floor = rows.floorWritten(Table.ENTRY, Keys.of(queue.id, offset), Keys.of(queue.id, 0));
    if (floor == null) {
      return null;
    }
    Run found = Run.fromRow(Keys.longAt(floor.key(), 8), floor.value());
    return offset < found.endOffset() ? found : null;
  }

  // ---- progress

  /** A group's progress on a queue, begun where the group starts if there was none. */
  Progress progress(GroupTopic groupTopic, Queue queue) {
    Progress progress = queue.progressOf(groupTopic.group);
    if (progress == null) {
      progress = new Progress(groupTopic, queue, startOf(groupTopic, queue));
      // It may have been begun before, have been entered as pending and never have moved.
      progress.pendingRow = queue.isLoaded ? Progress.Pending.UNKNOWN : Progress.Pending.NOTHING;
      queue.add(progress);
      if (tallies.update(progress)) {
        markDirty(progress);
      }
    }
    return progress;
  }

  long startOf(GroupTopic groupTopic, Queue queue) {
    if (groupTopic.group.isByName()) {
      long start = -1;
      for (Follower follower : queue.followers) {
        if (follower.groupId() == groupTopic.group.id) {
          start = Math.max(start, follower.startOffset());
        }
      }
      return start >= 0 ? start : firstRetained(queue);
    }
    if (groupTopic.startMillis > 0 && queue.createdPosition < groupTopic.startPosition) {
      return firstAtTime(queue, groupTopic.startMillis);
    }
    return firstAtPosition(queue, groupTopic.startPosition);
  }

  // ---- rows

  void markDirty(Queue queue) {
    for (int i = 0; i < queue.progress.size(); i++) {
      tallies.update(queue.progress.get(i));
    }
    if (!queue.isDirty) {
      queue.isDirty = true;
      dirtyQueues.add(queue);
    }
  }

  void markDirty(Progress progress) {
    tallies.update(progress);
    if (!progress.isDirty) {
      progress.isDirty = true;
      dirtyProgress.add(progress);
    }
  }

  int dirtyCount() {
    return dirtyQueues.size() + dirtyProgress.size();
  }

  /**
   * Writes the rows of all that changed; called when no record waits to be appended.
   *
   * @return the queues whose runs were handed over, for {@link #written}
   */
  List<Queue> writeRows() {
    checkpoint++;
    idleLooks = idleCandidates.size();
    for (Progress progress : dirtyProgress) {
      progress.isDirty = false;
      if (isKept(progress)) {
        writeRow(progress);
      }
    }
    dirtyProgress = new ArrayList<>();
    List<Queue> queues = dirtyQueues;
    dirtyQueues = new ArrayList<>();
    for (Queue queue : queues) {
      queue.isDirty = false;
      if (!queue.isReclaimed) {
        beginProgress(queue);
        rows.put(Table.QUEUE, Keys.of(queue.id), queue.toRow());
        for (int i = queue.recentHandedOver; i < queue.recent.size(); i++) {
          Run run = queue.recent.get(i);
          rows.putEntry(Keys.of(queue.id, run.firstOffset), run.toRow());
        }
        queue.recentHandedOver = queue.recent.size();
        writePending(queue);
      }
    }
    return queues;
  }

  /**
   * Begins the progress of all who follow a queue, so that what it holds is entered as pending for
   * each: messages may be handed to the index before they are visible to anybody.
   */
  void beginProgress(Queue queue) {
    queue.topic.forWhole(queue.name, follower -> progress(follower, queue));
    for (Follower follower : queue.followers) {
      Group group = catalog.group(follower.groupId());
      GroupTopic groupTopic = group == null ? null : group.topics.get(queue.topic.id);
      if (groupTopic != null) {
        progress(groupTopic, queue);
      }
    }
  }

  /** Neither its queue nor its group has gone meanwhile. */
  private static boolean isKept(Progress progress) {
    return !progress.queue.isReclaimed
        && !progress.group.isDeleted
        && progress.queue.progressOf(progress.group) == progress;
  }

  private void writeRow(Progress progress) {
    progress.hasRow = true;
    rows.put(Table.PROGRESS, Keys.of(progress.queue.id, progress.group.id), progress.toRow());
    writePending(progress);
  }

  private void writePending(Queue queue) {
    for (Progress progress : queue.progress) {
      writePending(progress);
    }
  }

  /** Enters what is pending in the index, or takes it out. */
  void writePending(Progress progress) {
    if (!isKept(progress)) {
      return;
    }
    Progress.Pending pending = progress.pending();
    if (pending != progress.pendingRow) {
      progress.pendingRow = pending;
      byte[] key = Keys.of(progress.group.id, progress.queue.id);
      switch (pending) {
        case NEW -> rows.put(Table.PENDING, key, NEW);
        case TIMED -> rows.put(Table.PENDING, key, TIMED);
        case NOTHING, UNKNOWN -> rows.delete(Table.PENDING, key);
      }
      if (pending != Progress.Pending.NOTHING && !progress.hasRow) {
        // By its row it is found when the queue is reclaimed, and what is pending with it.
        writeRow(progress);
      }
    }
  }

  /** What {@link #writeRows} handed over is in the index: memory may let go of it. */
  void written(List<Queue> queues) {
    for (Queue queue : queues) {
      queue.forgetRuns(queue.recentHandedOver);
      queue.recentHandedOver = 0;
    }
  }

  /**
   * Drops queues in which nothing has happened for a while, looking at some of them, at more than
   * have come, and at each at most once between two checkpoints.
   */
  void dropIdle(int atLeast) {
    int looks = Math.min(atLeast + 2 * arrived, idleLooks);
    arrived = 0;
    for (int i = looks; i > 0; i--) {
      idleLooks--;
      Queue queue = idleCandidates.remove();
      if (queue.isGone()) {
        // If its topic was deleted it stays until it is purged.
        continue;
      }
      forgetProgressOfGone(queue);
      boolean isTooMany = active.size() > maxIdle;
      if (isTooMany && queue.touchedCheckpoint + 1 < checkpoint && isIdle(queue)) {
        active.remove(queue.id);
        activeByName.remove(queue);
        queue.isDropped = true;
      } else {
        idleCandidates.add(queue);
      }
    }
  }

  /** It was loaded to be looked at only: it need not stay in memory. */
  void release(Queue queue) {
    queue.touchedCheckpoint = Math.min(queue.touchedCheckpoint, checkpoint - 2);
  }

  /** Whether a row of the table of what is pending wants to be woken at some time. */
  static boolean isTimed(byte[] pendingRow) {
    return pendingRow[0] == TIMED[0];
  }

  /** Whether there are queues to look at before the next checkpoint. */
  boolean hasIdleLooks() {
    return idleLooks > 0;
  }

  private static boolean isIdle(Queue queue) {
    if (queue.isDirty
        || !queue.recent.isEmpty()
        || !queue.waitingReads.isEmpty()
        || queue.visibleEnd < queue.nextOffset) {
      return false;
    }
    for (Progress progress : queue.progress) {
      // What is pending and in no ready set is found again in the index.
      if (progress.isDirty
          || progress.readySets > 0
          || !progress.outstanding.isEmpty()
          || progress.timerAt() != Timers.NEVER) {
        return false;
      }
    }
    return true;
  }
}
