package io.rivulet.engine.group;

import java.util.Optional;

/**
 * Immutable. What the engine must know of a connected client.
 *
 * @param id the protocol's client id, unique per client object
 * @param group the consumer group, empty for producers
 * @param maxMessageBytes the largest message that the client can take (Node: 4 MiB)
 * @param language as the client calls itself, for people
 */
public record ClientInfo(
    String id, Optional<String> group, long maxMessageBytes, String language) {}
