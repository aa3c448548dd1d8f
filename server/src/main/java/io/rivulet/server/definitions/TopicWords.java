package io.rivulet.server.definitions;

import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Immutable. What a file can say of a topic. */
final class TopicWords {
  static final Vocabulary<TopicDefinition.Builder> VOCABULARY = new Vocabulary<>(words());

  private TopicWords() {}

  private static List<Word<TopicDefinition.Builder>> words() {
    List<Word<TopicDefinition.Builder>> words = new ArrayList<>();
    words.add(
        new Word<>(
            "type",
            "NORMAL, FIFO, LITE or PRIORITY",
            (topic, value) -> topic.setType(type(value))));
    words.add(
        new Word<>(
            "lite-ttl",
            Values.DURATION + ", or default for the server's",
            (topic, value) -> {
              if (value.equals("default")) {
                topic.clearLiteTtl();
              } else {
                topic.setLiteTtl(Values.duration(value));
              }
            }));
    words.add(
        new Word<>(
            "reclaim-unsubscribed",
            "on or off",
            (topic, value) -> topic.setReclaimsUnsubscribed(Values.flag(value))));
    words.addAll(AttributeWords.words());
    words.addAll(BackpressureWords.words());
    return words;
  }

  private static TopicType type(String value) {
    return switch (value.toUpperCase(Locale.ROOT)) {
      case "NORMAL" -> TopicType.TOPIC_TYPE_NORMAL;
      case "FIFO" -> TopicType.TOPIC_TYPE_FIFO;
      case "LITE" -> TopicType.TOPIC_TYPE_LITE;
      case "PRIORITY" -> TopicType.TOPIC_TYPE_PRIORITY;
      default -> throw new IllegalArgumentException("not one of the words");
    };
  }
}
