package io.rivulet.engine.subscription;

/**
 * Immutable. The answer to whoever makes a subscription.
 *
 * @param isNew it was not there before
 */
public record SubscriptionMade(boolean isNew, SubscriptionView subscription) {}
