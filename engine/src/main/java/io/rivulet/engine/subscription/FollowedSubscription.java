package io.rivulet.engine.subscription;

import java.time.Instant;

/**
 * Immutable. A subscription as the shard that holds it tells it to those that hold its streams.
 *
 * @param id tells those of one name apart, and in which shard it is held: greater is later
 * @param definition with the streams that are followed by name now
 * @param revision grows with each change
 * @param isRemoved it is no more
 */
public record FollowedSubscription(
    long id,
    String name,
    SubscriptionDefinition definition,
    Instant createdAt,
    long revision,
    boolean isRemoved) {

  /** The same with other streams. */
  public FollowedSubscription with(SubscriptionDefinition other) {
    return new FollowedSubscription(id, name, other, createdAt, revision, isRemoved);
  }

  /** Whoever holds it does not know it any more. */
  public FollowedSubscription removed() {
    return new FollowedSubscription(id, name, definition, createdAt, Long.MAX_VALUE, true);
  }
}
