package io.rivulet.engine.shard;

import io.rivulet.engine.time.ShardClock;
import java.time.Instant;

/**
 * Owned by the shard thread. Messages that nobody waits for any more: past its deadline a message
 * is not handed out but dead-lettered, so that no worker's time goes into it.
 *
 * <p>Looked at when somebody is about to get the message; until then it stays where it is and costs
 * nothing. A deadline is a time that its sender read off a clock, so it is compared with the wall
 * clock.
 */
final class Deadlines {
  private final ShardClock clock;
  private final DeadLetters deadLetters;
  private final Counters counters;

  Deadlines(ShardClock clock, DeadLetters deadLetters, Counters counters) {
    this.clock = clock;
    this.deadLetters = deadLetters;
    this.counters = counters;
  }

  /** Whether the message is past its deadline; if it is, it goes to the group's dead letters. */
  boolean withholds(Progress progress, long offset, Run run) {
    long deadline = run.deadlineOf(offset);
    if (deadline == 0 || clock.wallMillis() <= deadline) {
      return false;
    }
    Lease lease = progress.leaseOf(offset);
    String again = lease != null && lease.attempt > 0 ? " again" : "";
    deadLetters.move(
        progress,
        offset,
        run,
        "its deadline passed at "
            + Instant.ofEpochMilli(deadline)
            + ", before it was handed out"
            + again,
        outcome -> {
          if (outcome.isOk()) {
            counters.expiredMessages.increment();
          }
        });
    return true;
  }
}
