package io.rivulet.server.cli;

import io.rivulet.api.v1.TopicAttributes;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.server.definitions.AttributeWords;
import io.rivulet.server.definitions.WordException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Owned by the main thread. What readers over HTTP are told of a topic, as options. */
final class AttributeOptions {
  static final String NAMES = "--" + String.join(", --", AttributeWords.VOCABULARY.names());

  private final Map<String, String> given = new LinkedHashMap<>();

  @Option(
      names = "--content-type",
      paramLabel = "TYPE",
      description =
          "LITE: what messages in lite topics are that a send has made, such as application/json,"
              + " for those who read them over HTTP; 'none' for bytes.")
  void contentType(String value) {
    given.put("content-type", value);
  }

  @Option(
      names = "--cors-origins",
      paramLabel = "ORIGINS",
      description =
          "Web pages that may read and write the topic from a browser, such as"
              + " https://chat.example, with commas; 'loopback', '*' for all, 'none', or 'default'"
              + " for the server's.")
  void corsOrigins(String value) {
    given.put("cors-origins", value);
  }

  boolean isEmpty() {
    return given.isEmpty();
  }

  /** Says it of a definition; what is not given stays as it is. */
  void apply(TopicDefinition.Builder definition) throws WordException {
    if (!given.isEmpty()) {
      AttributeWords.VOCABULARY.apply(definition, given);
    }
  }

  /** To be put behind what else is said of the topic. */
  static String text(TopicDefinition topic) {
    TopicAttributes attributes = topic.getAttributes();
    StringBuilder text = new StringBuilder();
    if (!attributes.getContentType().isEmpty()) {
      text.append("  content type ").append(attributes.getContentType());
    }
    if (attributes.hasCorsOrigins()) {
      var origins = attributes.getCorsOrigins().getOriginsList();
      text.append("  pages of ").append(origins.isEmpty() ? "none" : String.join(", ", origins));
    }
    return text.toString();
  }
}
