package io.rivulet.engine.subscription;

/**
 * Immutable. One wake of a subscription.
 *
 * @param generation grows with each wake of the subscription
 * @param wakeId can't be guessed, and is never used twice
 */
public record WakeKey(String subscription, long generation, String wakeId) {}
