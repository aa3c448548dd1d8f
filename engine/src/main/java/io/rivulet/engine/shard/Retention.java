package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the shard thread. Trims the log by age and size.
 *
 * <p>Nothing is trimmed that the fold still needs: a snapshot of the live state above it must be
 * durable first, so the first turn that wants to trim asks for one and a later turn trims.
 */
final class Retention {
  private static final Logger logger = LoggerFactory.getLogger(Retention.class);

  private static final long ASK_AGAIN_MILLIS = 30_000;

  private final EngineConfig config;
  private final CommitLog log;
  private final Index index;
  private final Checkpoint checkpoint;
  private final ShardClock clock;
  private long wantedSnapshotFor;
  private long askedAtMillis;

  Retention(
      EngineConfig config, CommitLog log, Index index, Checkpoint checkpoint, ShardClock clock) {
    this.config = config;
    this.log = log;
    this.index = index;
    this.checkpoint = checkpoint;
    this.clock = clock;
  }

  void turn() throws IOException {
    long before = wantedHead();
    if (before <= log.head()) {
      return;
    }
    long allowed = Math.min(before, index.oldestSnapshotPosition());
    boolean isTimeToAsk =
        wantedSnapshotFor < before || clock.millis() - askedAtMillis > ASK_AGAIN_MILLIS;
    if (allowed < before && isTimeToAsk) {
      wantedSnapshotFor = before;
      askedAtMillis = clock.millis();
      checkpoint.wantSnapshot();
    }
    if (allowed > log.head()) {
      long head = log.head();
      log.trim(allowed);
      if (log.head() > head) {
        logger.info("Retention removed the log's positions {} to {}", head, log.head());
      }
    }
  }

  /** Where the log would begin if nothing but age and size counted. */
  private long wantedHead() {
    List<CommitLog.Segment> segments = log.segments();
    long size = segments.stream().mapToLong(CommitLog.Segment::sizeBytes).sum();
    long oldest =
        config.retentionTime().map(time -> clock.wallMillis() - time.toMillis()).orElse(0L);
    long head = log.head();
    for (CommitLog.Segment segment : segments.subList(0, Math.max(0, segments.size() - 1))) {
      boolean isTooOld = segment.lastAppendMillis() < oldest;
      boolean isTooMuch = config.retentionBytes() > 0 && size > config.retentionBytes();
      if (!isTooOld && !isTooMuch) {
        break;
      }
      size -= segment.sizeBytes();
      head = segment.end();
    }
    return head;
  }
}
