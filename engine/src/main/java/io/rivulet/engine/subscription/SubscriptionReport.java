package io.rivulet.engine.subscription;

import java.util.List;

/**
 * Immutable. What a shard has for a subscription that another one holds.
 *
 * @param id of the subscription
 * @param shard who has it
 * @param life tells the times apart in which the shard was served
 * @param logEnd up to where the shard's log was durable when it was made: an owner that was paused
 *     and does not know yet that there is another one has an earlier end
 * @param number grows with each report of a life
 * @param streams some of those with something pending; none: there is nothing
 */
public record SubscriptionReport(
    long id, int shard, long life, long logEnd, long number, List<LinkedStream> streams) {
  public SubscriptionReport {
    streams = List.copyOf(streams);
  }

  /** Whether it was made before another one of the same shard. */
  public boolean isBefore(SubscriptionReport other) {
    return life == other.life ? number <= other.number : logEnd < other.logEnd;
  }
}
