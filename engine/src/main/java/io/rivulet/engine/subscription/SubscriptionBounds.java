package io.rivulet.engine.subscription;

/**
 * Immutable. How many subscriptions to streams there may be.
 *
 * @param maxStreamSubscriptions in all, 0 to 100,000
 * @param maxSubscribedStreams that one names beside its pattern, 1 to 256
 * @param maxWakeStreams that one wake names, 1 to 1024
 */
public record SubscriptionBounds(
    int maxStreamSubscriptions, int maxSubscribedStreams, int maxWakeStreams) {
  public static SubscriptionBounds defaults() {
    return new SubscriptionBounds(1000, 256, 256);
  }
}
