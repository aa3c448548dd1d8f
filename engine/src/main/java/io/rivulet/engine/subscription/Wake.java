package io.rivulet.engine.subscription;

import java.util.List;

/**
 * Immutable. A subscription with something pending, for whoever wakes its subscriber or works for
 * it.
 *
 * @param failures attempts to deliver this wake that have failed
 * @param streams with something pending, a bounded number; what is left gives the next wake
 */
public record Wake(
    WakeKey key, SubscriptionDefinition definition, int failures, List<LinkedStream> streams) {}
