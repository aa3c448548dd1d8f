package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread at a time. A shard that nobody serves: brought up to date with its log, and
 * then read or filled by a {@link Transfer}. Nothing in it happens by itself: nothing expires, is
 * trimmed, or joins its queue.
 */
public final class OfflineShard {
  /** What a batch may have grown to before the log is waited for. */
  private static final long MAX_UNWRITTEN_BYTES = 8L << 20;

  /** So many queues stay in memory besides those that have changed. */
  private static final int IDLE_QUEUES = 1024;

  private final String name;
  private final CommitLog log;
  private final Index index;
  private final ShardNumber number;
  private final Shard shard;
  private volatile @Nullable Throwable failure;

  private OfflineShard(
      String name,
      EngineConfig config,
      CommitLog log,
      Index index,
      Clock clock,
      ShardNumber number) {
    this.name = name;
    this.log = log;
    this.index = index;
    this.number = number;
    shard =
        new Shard(
            config.toBuilder().maxIdleQueues(IDLE_QUEUES).build(),
            log,
            index,
            clock,
            new SecureRandom(),
            new Listener(),
            new ShardThreads(Runnable::run, Runnable::run, Runnable::run),
            number);
  }

  /**
   * Replays the log's tail over the index, and writes that into the index.
   *
   * @param name for people
   * @param log is started by this, and like the index stays the caller's
   * @param isNew nothing was ever trimmed from the log: an empty index begins where the log does
   * @throws IOException if log and index do not fit together, or the log is damaged
   */
  public static OfflineShard open(
      String name,
      EngineConfig config,
      CommitLog log,
      Index index,
      Clock clock,
      ShardNumber number,
      boolean isNew)
      throws IOException {
    long base = log.segments().isEmpty() ? 0 : log.segments().getFirst().base();
    if (isNew && index.position() < base) {
      index.write(new IndexBatch(), base);
    }
    OfflineShard opened = new OfflineShard(name, config, log, index, clock, number);
    opened.shard.recover();
    opened.checkpoint();
    return opened;
  }

  String name() {
    return name;
  }

  ShardNumber number() {
    return number;
  }

  CommitLog log() {
    return log;
  }

  Rooms rooms() {
    return shard.rooms();
  }

  Journal journal() {
    return shard.journal();
  }

  /** Where its log ends. */
  public long end() {
    return log.end();
  }

  /** Appends the batch, and lets the log catch up. */
  void flush() throws IOException {
    if (!journal().isEmpty()) {
      if (!log.hasRoomFor(log.maxBatchBytes(), CommitLog.Urgency.NORMAL)) {
        throw new IOException(
            name
                + " takes nothing more: its disk is full, or too few storage nodes run. What is there"
                + " stays; the same command goes on from there");
      }
      var _ = journal().flush();
    }
    if (log.unwrittenBytes() > MAX_UNWRITTEN_BYTES) {
      log.sync(log.end());
    }
    complete();
  }

  private void complete() throws IOException {
    var _ = journal().complete();
    Throwable reason = failure != null ? failure : journal().failure();
    if (reason != null) {
      throw new IOException(name + " failed: " + reason.getMessage(), reason);
    }
  }

  /** What has changed since the last checkpoint. */
  int changes() {
    return rooms().queues().dirtyCount() + rooms().rows().changes();
  }

  /** Makes durable what was appended, writes the index, and lets go of queues in memory. */
  void checkpoint() throws IOException {
    flush();
    rooms().upkeep().checkpoint().runNow();
    rooms().queues().dropIdle(Integer.MAX_VALUE / 2);
    complete();
  }

  /** Makes the index durable. */
  void flushIndex() throws IOException {
    checkpoint();
    rooms().upkeep().checkpoint().flushNow();
  }

  /** The same, and a snapshot of it; whoever keeps snapshots tells when it is stored. */
  public void snapshot() throws IOException {
    flushIndex();
    index.snapshot();
  }

  @Override
  public String toString() {
    return name;
  }

  /** Safe for all threads. Nobody is there to be told anything but failures. */
  private final class Listener implements EngineListener {
    @Override
    public void unsubscribed(String clientId, String group, String topic, String liteTopic) {}

    @Override
    public void unreadLost(String group, String topic, long count) {}

    @Override
    public void failed(Throwable cause) {
      failure = cause;
    }
  }
}
