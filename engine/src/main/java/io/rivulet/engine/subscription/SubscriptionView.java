package io.rivulet.engine.subscription;

import java.time.Instant;
import java.util.List;

/**
 * Immutable. A subscription as it is.
 *
 * @param isFailing the last attempt to wake it failed, and it is tried again later
 * @param streams those that were named, and of the pattern's those in which there was anything
 *     since
 * @param hasMoreStreams there are more than are listed
 */
public record SubscriptionView(
    String name,
    SubscriptionDefinition definition,
    Instant createdAt,
    boolean isFailing,
    List<LinkedStream> streams,
    boolean hasMoreStreams) {}
