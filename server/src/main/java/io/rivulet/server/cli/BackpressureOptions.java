package io.rivulet.server.cli;

import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.server.definitions.BackpressureWords;
import io.rivulet.server.definitions.WordException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Owned by the main thread. When a topic is full, as options. 'none' removes a limit. */
final class BackpressureOptions {
  static final String NAMES = "--" + String.join(", --", BackpressureWords.VOCABULARY.names());

  private final Map<String, String> given = new LinkedHashMap<>();

  @Option(
      names = "--max-backlog",
      paramLabel = "COUNT",
      description = "Refuse messages when the slowest group has so many before it.")
  void maxBacklog(String value) {
    given.put("max-backlog", value);
  }

  @Option(
      names = "--max-key-backlog",
      paramLabel = "COUNT",
      description = "The same for the messages of one fairness key, such as a tenant.")
  void maxKeyBacklog(String value) {
    given.put("max-key-backlog", value);
  }

  @Option(
      names = "--max-age",
      paramLabel = "TIME",
      description =
          "Refuse messages that would stand behind one that has waited so long, such as 5m.")
  void maxAge(String value) {
    given.put("max-age", value);
  }

  @Option(
      names = "--hold",
      paramLabel = "TIME",
      description = "Let a send wait so long for room before it is refused, such as 2s.")
  void hold(String value) {
    given.put("hold", value);
  }

  boolean isEmpty() {
    return given.isEmpty();
  }

  /** Says it of a definition; what is not given stays as it is. */
  void apply(TopicDefinition.Builder definition) throws WordException {
    if (!given.isEmpty()) {
      BackpressureWords.VOCABULARY.apply(definition, given);
    }
  }
}
