package io.rivulet.client;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Immutable. What a {@link GroupConsumer} receives.
 *
 * @param tags only messages with one of these tags; empty: all
 * @param liteTopics LITE topics: the lite topics to follow, at least one; others: none
 * @param from LITE topics: where lite topics start that the group sees for the first time; empty:
 *     at the group's progress, else at the first message
 * @param invisible how long a message stays with this consumer before another may have it; empty:
 *     as long as this one polls
 */
public record ConsumerSettings(
    String group,
    String topic,
    Set<String> tags,
    Set<String> liteTopics,
    Optional<ReadFrom> from,
    Optional<Duration> invisible) {

  public ConsumerSettings {
    tags = Set.copyOf(tags);
    liteTopics = Set.copyOf(liteTopics);
  }

  /** All messages of a topic. */
  public static ConsumerSettings of(String group, String topic) {
    return new ConsumerSettings(
        group, topic, Set.of(), Set.of(), Optional.empty(), Optional.empty());
  }

  public ConsumerSettings withTags(Set<String> value) {
    return new ConsumerSettings(group, topic, value, liteTopics, from, invisible);
  }

  public ConsumerSettings withLiteTopics(Set<String> value) {
    return new ConsumerSettings(group, topic, tags, value, from, invisible);
  }

  public ConsumerSettings withFrom(ReadFrom value) {
    return new ConsumerSettings(group, topic, tags, liteTopics, Optional.of(value), invisible);
  }

  public ConsumerSettings withInvisible(Duration value) {
    return new ConsumerSettings(group, topic, tags, liteTopics, from, Optional.of(value));
  }
}
