package io.rivulet.server.rivulet;

/**
 * Immutable. What the server tells about itself.
 *
 * @param durability what an acknowledged message survives: {@code fsync} or {@code interval}
 * @param startedMillis when it started, by the wall clock
 * @param startedNanos when it started, by the monotonic clock
 */
public record ServerInfo(
    String version, String durability, long startedMillis, long startedNanos) {}
