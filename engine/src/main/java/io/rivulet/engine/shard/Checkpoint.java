package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.IndexFullException;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the shard thread; the writing itself happens on the index thread, one at a time. Brings
 * the index up to date with the state, so that a restart replays only the log's tail.
 *
 * <p>The index never gets ahead of the log: the log is synced up to the checkpoint's position
 * before anything that reflects it is written. If the process dies in between, the index is as
 * after some earlier checkpoint and the rest is replayed.
 */
final class Checkpoint {
  private static final Logger logger = LoggerFactory.getLogger(Checkpoint.class);
  private static final long RETRY_MILLIS = 1000;

  /** Changed queues and rows after which a checkpoint is due, so that none takes long. */
  private static final int MAX_CHANGES = 8192;

  /** Changes that may wait while others are written: some tens of megabytes. */
  private static final int MAX_WAITING_CHANGES = 8 * MAX_CHANGES;

  private final EngineConfig config;
  private final CommitLog log;
  private final Index index;
  private final Rows rows;
  private final QueueTable queues;
  private final Fold fold;
  private final RecentIds recentIds;
  private final ShardClock clock;
  private final SnapshotSchedule snapshots;
  private final Executor indexThread;
  private final Consumer<Runnable> later;
  private final Consumer<Throwable> failed;

  private boolean isRunning;

  /** What the index had no room for; tried again until it has. */
  private @Nullable Runnable unwritten;

  private boolean isIndexFull;
  private boolean wantsSnapshot;
  private long position;
  private long flushedPosition;
  private long atMillis;

  /** What the fold had taken, and when, at the last checkpoint that was made durable. */
  private long recordsAtFlush;

  private long flushAtMillis;

  Checkpoint(
      EngineConfig config,
      CommitLog log,
      Index index,
      Rows rows,
      ShardState state,
      SnapshotSchedule snapshots,
      Executor indexThread,
      Consumer<Runnable> later,
      Consumer<Throwable> failed) {
    this.config = config;
    this.log = log;
    this.index = index;
    this.rows = rows;
    queues = state.queues();
    fold = state.fold();
    recentIds = state.recentIds();
    clock = state.clock();
    this.snapshots = snapshots;
    this.indexThread = indexThread;
    this.later = later;
    this.failed = failed;
    position = index.position();
    flushedPosition = position;
    atMillis = clock.millis();
    flushAtMillis = atMillis;
  }

  /** Everything below this position need not be replayed after a crash. */
  long flushedPosition() {
    return flushedPosition;
  }

  /**
   * Asks for a snapshot of the index at the next checkpoint, or at the first one after the last
   * snapshot is stored.
   */
  void wantSnapshot() {
    wantsSnapshot = true;
  }

  /** How far snapshots are behind. */
  EngineStats.Snapshots snapshots() {
    return snapshots.stats();
  }

  /** When the next one is due by time alone. */
  long dueMillis() {
    if (unwritten != null) {
      return atMillis + RETRY_MILLIS;
    }
    boolean isNeeded = !isRunning && (log.end() > position || mayMakeSnapshot());
    if (isNeeded) {
      return atMillis + config.checkpointInterval().toMillis();
    }
    // What was written and not made durable would be replayed, however long ago it was.
    return !isRunning && flushedPosition < position
        ? flushAtMillis + config.tailTime().toMillis()
        : Timers.NEVER;
  }

  private boolean mayMakeSnapshot() {
    return wantsSnapshot && snapshots.isFree();
  }

  /** Starts a checkpoint if it is time; called when no record waits to be appended. */
  void turn() {
    if (unwritten != null && clock.millis() >= dueMillis()) {
      atMillis = clock.millis();
      Runnable again = unwritten;
      unwritten = null;
      indexThread.execute(again);
    }
    if (isRunning) {
      return;
    }
    if (!wantsSnapshot && snapshots.isDue(log.end())) {
      wantsSnapshot = true;
    }
    boolean isDue =
        log.bytesBetween(position, log.end()) >= config.checkpointBytes()
            || queues.dirtyCount() + rows.changes() >= MAX_CHANGES
            || clock.millis() >= dueMillis();
    if (isDue) {
      start();
    }
  }

  private void start() {
    isRunning = true;
    atMillis = clock.millis();
    long end = log.end();
    List<Queue> handedOver = queues.writeRows();
    recentIds.checkpoint(rows);
    fold.writeTallies();
    IndexBatch batch = rows.freeze();
    boolean snapshot = mayMakeSnapshot();
    if (snapshot) {
      wantsSnapshot = false;
      snapshots.begin(end);
    }
    boolean flush = snapshot || isTailLong(end);
    if (flush) {
      recordsAtFlush = fold.records();
      flushAtMillis = atMillis;
    }
    indexThread.execute(() -> write(batch, end, flush, snapshot, handedOver));
  }

  /** Whether what would be replayed after a crash has reached one of its bounds. */
  private boolean isTailLong(long end) {
    return log.bytesBetween(flushedPosition, end) >= config.checkpointBytes()
        || fold.records() - recordsAtFlush >= config.tailRecords()
        || atMillis - flushAtMillis >= config.tailTime().toMillis();
  }

  private void write(
      IndexBatch batch, long end, boolean flush, boolean snapshot, List<Queue> handedOver) {
    try {
      log.sync(end);
      index.write(batch, end);
      if (flush) {
        index.flush();
      }
      if (snapshot) {
        index.snapshot();
      }
      later.accept(() -> written(end, flush, handedOver));
    } catch (IndexFullException e) {
      later.accept(() -> full(e, () -> write(batch, end, flush, snapshot, handedOver)));
    } catch (IOException | RuntimeException e) {
      failed.accept(e);
    }
  }

  /** The memory holds all meanwhile; nothing new is taken, so that it need not hold more. */
  private void full(IndexFullException reason, Runnable again) {
    if (!isIndexFull) {
      logger.warn(
          "{}. New messages are refused until there is room; consuming goes on.",
          reason.getMessage());
    }
    isIndexFull = true;
    unwritten = again;
  }

  /** Whether the index could not be brought up to date for want of room. */
  boolean isIndexFull() {
    return isIndexFull;
  }

  private void written(long end, boolean flushed, List<Queue> handedOver) {
    if (isIndexFull) {
      logger.info("The index has room again.");
    }
    isRunning = false;
    isIndexFull = false;
    position = end;
    if (flushed) {
      flushedPosition = end;
    }
    rows.written();
    queues.written(handedOver);
  }

  /** Whether more has changed than should wait while the index is being written. */
  boolean isBehind() {
    return isRunning && !isIndexFull && queues.dirtyCount() + rows.changes() > MAX_WAITING_CHANGES;
  }

  /**
   * Whether upkeep should wait: what it changes goes into the index in small portions, so that
   * nobody who sends or polls ever waits for the index because of it.
   */
  boolean isBusy() {
    return isRunning && queues.dirtyCount() + rows.changes() > MAX_CHANGES;
  }

  boolean isRunning() {
    return isRunning;
  }

  /** Writes everything now, on this thread: during replay and at the end. */
  void runNow() throws IOException {
    long end = log.end();
    List<Queue> handedOver = queues.writeRows();
    recentIds.checkpoint(rows);
    fold.writeTallies();
    IndexBatch batch = rows.freeze();
    log.sync(end);
    index.write(batch, end);
    rows.written();
    queues.written(handedOver);
    position = end;
  }

  /** The same during replay: what was replayed so far, which ends at {@code end}. */
  void runAt(long end) {
    List<Queue> handedOver = queues.writeRows();
    recentIds.checkpoint(rows);
    fold.writeTallies();
    index.write(rows.freeze(), end);
    rows.written();
    queues.written(handedOver);
    position = end;
  }

  void flushNow() {
    index.flush();
    flushedPosition = position;
  }
}
