package io.rivulet.engine.topic;

import io.rivulet.engine.scheduling.Backpressure;
import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. What is durably known of a topic.
 *
 * @param liteTtl LITE only: how long a lite topic may be idle before it is reclaimed; empty: as
 *     long as retention holds its messages
 * @param reclaimsUnsubscribed LITE only: a drained lite topic is reclaimed as soon as its last
 *     subscriber has gone (reply topics)
 * @param backpressure when it takes no more messages
 * @param attributes what readers over HTTP are told of its messages, and who may be one
 */
public record TopicDefinition(
    String name,
    TopicType type,
    Optional<Duration> liteTtl,
    boolean reclaimsUnsubscribed,
    Backpressure backpressure,
    TopicAttributes attributes) {

  /** A topic that takes what it is sent, whatever its backlog. */
  public TopicDefinition(
      String name, TopicType type, Optional<Duration> liteTtl, boolean reclaimsUnsubscribed) {
    this(name, type, liteTtl, reclaimsUnsubscribed, Backpressure.NONE, TopicAttributes.NONE);
  }

  public TopicDefinition with(Backpressure other) {
    return new TopicDefinition(name, type, liteTtl, reclaimsUnsubscribed, other, attributes);
  }

  public TopicDefinition with(TopicAttributes other) {
    return new TopicDefinition(name, type, liteTtl, reclaimsUnsubscribed, backpressure, other);
  }

  public static TopicDefinition of(String name, TopicType type) {
    return new TopicDefinition(name, type, Optional.empty(), false);
  }
}
