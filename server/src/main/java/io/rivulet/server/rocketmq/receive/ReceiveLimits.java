package io.rivulet.server.rocketmq.receive;

import java.time.Duration;

/**
 * Immutable. The bounds of a receive.
 *
 * @param maxBatchSize messages in one reply; more are not refused, just not given
 * @param minInvisible the shortest lease that a consumer may ask for
 * @param maxInvisible the longest
 * @param pollTime how long it may wait
 */
public record ReceiveLimits(
    int maxBatchSize, Duration minInvisible, Duration maxInvisible, PollTime pollTime) {}
