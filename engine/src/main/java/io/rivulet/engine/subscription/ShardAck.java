package io.rivulet.engine.subscription;

/**
 * Immutable. The answer of a shard to acks of its streams.
 *
 * @param report what it still has for the subscription
 */
public record ShardAck(WakeAnswer answer, SubscriptionReport report) {}
