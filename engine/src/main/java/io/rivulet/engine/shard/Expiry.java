package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Owned by the shard thread. When queues expire, and the table that is ordered by that time; a part
 * of the fold ({@link Fold}).
 */
final class Expiry {
  /** The TTL of a lite topic that lives as long as retention holds its messages. */
  static final long NEVER_EXPIRES = -1;

  private final QueueTable queues;
  private final Rows rows;
  private final Optional<Duration> defaultTtl;
  private final Optional<Duration> retentionTime;

  /** No row of the expiry table stands under an earlier time. */
  private long floorMillis;

  Expiry(EngineConfig config, QueueTable queues, Rows rows) {
    this.queues = queues;
    this.rows = rows;
    defaultTtl = config.liteTtl();
    retentionTime = config.retentionTime();
  }

  /**
   * How long a queue may be idle; empty: as long as its topic. A lite topic's time is its own or
   * its parent's. The queue of a message group or a fairness key goes when retention has taken the
   * last of its messages: there may be as many as there are users.
   */
  Optional<Duration> ttlOf(Queue queue) {
    if (queue.topic.type() != TopicType.LITE) {
      boolean isOfMany = queue.topic.type() == TopicType.FIFO || !queue.fairnessKey.isEmpty();
      return isOfMany ? retentionTime : Optional.empty();
    }
    if (queue.ttlMillis == NEVER_EXPIRES || endOf(queue) != 0) {
      return Optional.empty();
    }
    if (queue.ttlMillis != Queue.TTL_OF_PARENT) {
      return Optional.of(Duration.ofMillis(queue.ttlMillis));
    }
    return queue.topic.definition().liteTtl().or(() -> defaultTtl);
  }

  /** When a stream ends whatever happens; 0: never. */
  static long endOf(Queue queue) {
    return queue.stream == null
        ? 0
        : queue.stream.definition.expiresAt().map(Instant::toEpochMilli).orElse(0L);
  }

  /** Enters a queue in the expiry table at the earliest time at which it may have expired. */
  void retime(Queue queue) {
    Optional<Duration> ttl = ttlOf(queue);
    long at = ttl.isEmpty() ? 0 : queue.lastActiveMillis + ttl.get().toMillis();
    long end = endOf(queue);
    expireAt(queue, end == 0 ? at : end);
  }

  /** Enters a queue in the expiry table under another time; 0: takes it out. */
  void expireAt(Queue queue, long millis) {
    if (queue.expiryMillis != 0) {
      rows.delete(Table.EXPIRY, Keys.of(queue.expiryMillis, queue.id));
    }
    queue.expiryMillis = millis;
    if (millis != 0) {
      floorMillis = Math.min(floorMillis, millis);
      rows.put(Table.EXPIRY, Keys.of(millis, queue.id), new byte[] {1});
    }
    queues.markDirty(queue);
  }

  /** The time from which on there may be rows in the expiry table. */
  long floor() {
    return floorMillis;
  }

  /** All rows under earlier times have been done away with. */
  void floor(long millis) {
    floorMillis = millis;
  }
}
