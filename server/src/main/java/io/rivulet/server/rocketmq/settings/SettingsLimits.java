package io.rivulet.server.rocketmq.settings;

import java.time.Duration;

/**
 * Immutable. The bounds that clients are told.
 *
 * @param maxBodyBytes the largest body that they may send
 * @param receiveBatchSize messages that a push consumer asks for at a time
 * @param longPoll how long a push consumer's receive waits; whole seconds, for Python
 */
public record SettingsLimits(int maxBodyBytes, int receiveBatchSize, Duration longPoll) {}
