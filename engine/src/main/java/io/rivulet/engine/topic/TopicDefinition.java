package io.rivulet.engine.topic;

import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. What is durably known of a topic.
 *
 * @param liteTtl LITE only: how long a lite topic may be idle before it is reclaimed; empty: as
 *     long as retention holds its messages
 * @param reclaimsUnsubscribed LITE only: a drained lite topic is reclaimed as soon as its last
 *     subscriber has gone (reply topics)
 */
public record TopicDefinition(
    String name, TopicType type, Optional<Duration> liteTtl, boolean reclaimsUnsubscribed) {

  public static TopicDefinition of(String name, TopicType type) {
    return new TopicDefinition(name, type, Optional.empty(), false);
  }
}
