package io.rivulet.server.http.feed;

/**
 * Immutable. What a reader of events holds in memory at once.
 *
 * @param messages at most
 * @param bytes of bodies at most, but for a single message
 */
public record PageSize(int messages, int bytes) {}
