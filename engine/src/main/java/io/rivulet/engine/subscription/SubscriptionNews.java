package io.rivulet.engine.subscription;

import java.util.List;

/**
 * Immutable. What a shard has to tell others about subscriptions.
 *
 * @param followed those that it holds and that changed, for all other shards
 * @param reports what it has for those that others hold
 * @param hasMore there is more to tell
 */
public record SubscriptionNews(
    List<FollowedSubscription> followed, List<SubscriptionReport> reports, boolean hasMore) {
  public static final SubscriptionNews NONE = new SubscriptionNews(List.of(), List.of(), false);

  public SubscriptionNews {
    followed = List.copyOf(followed);
    reports = List.copyOf(reports);
  }
}
