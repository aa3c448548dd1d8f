package io.rivulet.server.definitions;

import io.rivulet.api.v1.CorsOrigins;
import io.rivulet.api.v1.TopicDefinition;
import java.util.List;

/**
 * Immutable. What can be said of a topic's readers over HTTP; what is not said stays as it is. What
 * a media type or an origin looks like is told by {@link io.rivulet.engine.topic.TopicAttributes}.
 */
public final class AttributeWords {
  public static final Vocabulary<TopicDefinition.Builder> VOCABULARY = new Vocabulary<>(words());

  /** What holds for all topics. */
  private static final String DEFAULT = "default";

  private AttributeWords() {}

  static List<Word<TopicDefinition.Builder>> words() {
    return List.of(
        new Word<>(
            "content-type",
            "a media type such as application/json, or none for bytes",
            (topic, value) -> {
              // Said as a whole from now on, also if it is empty.
              var attributes = topic.getAttributesBuilder();
              if (Values.isNone(value)) {
                attributes.clearContentType();
              } else {
                attributes.setContentType(value);
              }
            }),
        new Word<>(
            "cors-origins",
            "origins such as https://chat.example, with commas; loopback, * for all, none, or"
                + " default for http.cors-origins",
            (topic, value) -> {
              var attributes = topic.getAttributesBuilder();
              if (value.equals(DEFAULT)) {
                attributes.clearCorsOrigins();
              } else {
                attributes.setCorsOrigins(origins(value));
              }
            }));
  }

  private static CorsOrigins origins(String value) {
    CorsOrigins.Builder origins = CorsOrigins.newBuilder();
    if (!Values.isNone(value)) {
      for (String each : value.split(",", -1)) {
        origins.addOrigins(each.strip());
      }
    }
    return origins.build();
  }
}
