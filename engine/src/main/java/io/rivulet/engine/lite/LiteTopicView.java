package io.rivulet.engine.lite;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Immutable. A lite topic as described to people and programs.
 *
 * @param firstOffset the oldest retained message, or {@code endOffset} if none is
 * @param endOffset the offset of the next message
 * @param ttl its own TTL or its parent's
 * @param subscribers the clients that follow it by name, at most 100
 */
public record LiteTopicView(
    String topic,
    String name,
    long queueId,
    long firstOffset,
    long endOffset,
    long lastAppendMillis,
    long lastActiveMillis,
    Optional<Duration> ttl,
    List<Subscriber> subscribers,
    List<Progress> progress) {

  /** A client that follows the lite topic by name. */
  public record Subscriber(String group, String clientId) {}

  /** How far a group has come. */
  public record Progress(String group, long committedOffset, long backlog, int leased) {}
}
