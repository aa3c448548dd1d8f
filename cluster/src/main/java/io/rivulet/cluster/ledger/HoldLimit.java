package io.rivulet.cluster.ledger;

import java.io.IOException;
import java.time.Duration;

/**
 * Safe for all threads: a volatile time. For how long a log waits to be written again although
 * enough storage nodes run. Whatever it is that does not answer, storage or metadata: its ledger
 * may have been fenced by a new owner, and then what it shows to readers is the past.
 */
final class HoldLimit {
  private final Duration limit;
  private final Surroundings around;
  private volatile long sinceNanos;

  HoldLimit(Duration limit, Surroundings around) {
    this.limit = limit;
    this.around = around;
  }

  void begin() {
    sinceNanos = around.clock().nanos();
  }

  /** Asked every second. The time in which too few nodes run does not count. */
  boolean isOver() {
    long now = around.clock().nanos();
    if (around.ledgers().writableNodes() < 2) {
      sinceNanos = now;
    }
    return now - sinceNanos > limit.toNanos();
  }

  IOException failure() {
    return new IOException(
        ("its ledger takes no more, and no other one was made and recorded within %s although %d"
                + " storage nodes run (cluster.log.hold-limit): another node may own the shard")
            .formatted(limit, around.ledgers().writableNodes()));
  }
}
