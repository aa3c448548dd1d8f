package io.rivulet.server.definitions;

import io.rivulet.api.v1.TopicDefinition;
import java.util.List;

/** Immutable. What can be said of when a topic is full; what is not said stays as it is. */
public final class BackpressureWords {
  public static final Vocabulary<TopicDefinition.Builder> VOCABULARY = new Vocabulary<>(words());

  private static final String COUNT = "1 to 9223372036854775807, or none";
  private static final String TIME = Values.DURATION + ", or none";

  private BackpressureWords() {}

  static List<Word<TopicDefinition.Builder>> words() {
    return List.of(
        new Word<>(
            "max-backlog",
            COUNT,
            (topic, value) ->
                topic.getBackpressureBuilder().setMaxBacklog(Values.count(value, Long.MAX_VALUE))),
        new Word<>(
            "max-key-backlog",
            COUNT,
            (topic, value) ->
                topic
                    .getBackpressureBuilder()
                    .setMaxKeyBacklog(Values.count(value, Long.MAX_VALUE))),
        new Word<>(
            "max-age",
            TIME,
            (topic, value) -> {
              if (Values.isNone(value)) {
                topic.getBackpressureBuilder().clearMaxAge();
              } else {
                topic.getBackpressureBuilder().setMaxAge(Values.duration(value));
              }
            }),
        new Word<>(
            "hold",
            TIME + ", at most 60s",
            (topic, value) -> {
              if (Values.isNone(value)) {
                topic.getBackpressureBuilder().clearHold();
              } else {
                topic.getBackpressureBuilder().setHold(Values.duration(value));
              }
            }));
  }
}
