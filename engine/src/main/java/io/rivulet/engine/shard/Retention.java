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
 * durable first, so the first turn that wants to trim asks for one and a later turn trims. What
 * waits for its delivery time is carried out of the way first ({@link Parking}).
 */
final class Retention {
  private static final Logger logger = LoggerFactory.getLogger(Retention.class);

  private static final long ASK_AGAIN_MILLIS = 30_000;

  private final EngineConfig config;
  private final CommitLog log;
  private final Index index;
  private final Checkpoint checkpoint;
  private final Parking parking;
  private final ShardClock clock;
  private long wantedSnapshotFor;
  private long askedAtMillis;

  Retention(
      EngineConfig config,
      CommitLog log,
      Index index,
      Checkpoint checkpoint,
      Parking parking,
      ShardClock clock) {
    this.config = config;
    this.log = log;
    this.index = index;
    this.checkpoint = checkpoint;
    this.parking = parking;
    this.clock = clock;
  }

  void turn() throws IOException {
    long before = wantedHead(Long.MAX_VALUE);
    if (before <= log.head()) {
      return;
    }
    long keptFrom = parking.keptFrom();
    if (keptFrom < before) {
      parking.clearBefore(before);
    }
    long allowed = wantedHead(Math.min(index.oldestSnapshotPosition(), keptFrom));
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

  /**
   * Where the log would begin if nothing but age and size counted, and a bound: not only what is
   * trimmed must be in a snapshot, but the snapshot reach into what is left. If it ended with the
   * last batch of a segment that is trimmed, a start from it would miss the gap to the next one.
   */
  private long wantedHead(long bound) {
    List<CommitLog.Segment> segments = log.segments();
    long size = segments.stream().mapToLong(CommitLog.Segment::sizeBytes).sum();
    long oldest =
        config.retentionTime().map(time -> clock.wallMillis() - time.toMillis()).orElse(0L);
    long head = log.head();
    for (int i = 0; i + 1 < segments.size(); i++) {
      CommitLog.Segment segment = segments.get(i);
      long next = segments.get(i + 1).base();
      boolean isTooOld = segment.lastAppendMillis() < oldest;
      boolean isTooMuch = config.retentionBytes() > 0 && size > config.retentionBytes();
      if ((!isTooOld && !isTooMuch) || next > bound) {
        break;
      }
      size -= segment.sizeBytes();
      head = next;
    }
    return head;
  }
}
