package io.rivulet.server.rocketmq;

import java.time.Duration;

/**
 * Immutable. The bounds of the RocketMQ protocol; every one of them is a setting of the server.
 *
 * @param brokerName the name that the server goes by in routes; changing it makes clients drop and
 *     re-create their queues
 * @param autoCreateTopics whether clients may ask for the route of a topic that does not exist; the
 *     same as the engine's setting
 * @param maxMessageBytes the largest body, 1 B to 128 MiB; the same as the engine's setting
 * @param receiveBatchSize messages that push consumers are told to ask for at a time, 1 to
 *     maxReceiveBatchSize; smaller spreads work more evenly, larger costs less
 * @param maxReceiveBatchSize messages in one reply, 1 to 4096
 * @param longPoll how long a receive waits at most, 1 s to 60 s, in whole seconds
 * @param minInvisible the shortest lease that a consumer may ask for, 1 ms to maxInvisible
 * @param maxInvisible the longest lease that a consumer may ask for, to 24 h
 * @param maxClients clients known at a time, from 1; beyond it new ones are refused
 * @param clientTimeout how long a client may be silent before it is forgotten, from 30 s
 */
public record ProtocolConfig(
    String brokerName,
    boolean autoCreateTopics,
    int maxMessageBytes,
    int receiveBatchSize,
    int maxReceiveBatchSize,
    Duration longPoll,
    Duration minInvisible,
    Duration maxInvisible,
    int maxClients,
    Duration clientTimeout) {
  public ProtocolConfig {
    check(!brokerName.isBlank(), "brokerName must not be blank");
    check(
        maxMessageBytes >= 1 && maxMessageBytes <= 128 << 20,
        "maxMessageBytes is 1 B to 128 MiB, not " + maxMessageBytes);
    check(
        maxReceiveBatchSize >= 1 && maxReceiveBatchSize <= 4096,
        "maxReceiveBatchSize is 1 to 4096, not " + maxReceiveBatchSize);
    check(
        receiveBatchSize >= 1 && receiveBatchSize <= maxReceiveBatchSize,
        "receiveBatchSize is 1 to " + maxReceiveBatchSize + ", not " + receiveBatchSize);
    check(
        longPoll.compareTo(Duration.ofSeconds(1)) >= 0
            && longPoll.compareTo(Duration.ofSeconds(60)) <= 0
            && longPoll.equals(Duration.ofSeconds(longPoll.toSeconds())),
        "longPoll is 1 to 60 whole seconds, not " + longPoll);
    check(
        minInvisible.toMillis() >= 1 && minInvisible.compareTo(maxInvisible) <= 0,
        "minInvisible is 1 ms to " + maxInvisible + ", not " + minInvisible);
    check(
        maxInvisible.compareTo(Duration.ofHours(24)) <= 0,
        "maxInvisible is at most 24 h, not " + maxInvisible);
    check(maxClients >= 1, "maxClients is at least 1, not " + maxClients);
    check(
        clientTimeout.compareTo(Duration.ofSeconds(30)) >= 0,
        "clientTimeout is at least 30 s, not " + clientTimeout);
  }

  public static ProtocolConfig defaults() {
    return new ProtocolConfig(
        "rivulet",
        true,
        64 << 20,
        32,
        256,
        Duration.ofSeconds(20),
        Duration.ofSeconds(10),
        Duration.ofHours(12),
        200_000,
        Duration.ofMinutes(2));
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
