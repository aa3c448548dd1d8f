package io.rivulet.server.definitions;

import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.NearestName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * Immutable. A TOML file with topics and groups, {@code [topics.NAME]} and {@code [groups.NAME]},
 * in the words of the command line. Names that are not known are refused, never passed over.
 */
public final class DefinitionsFile {
  private static final long MAX_FILE_BYTES = 16 << 20;
  private static final String TOPICS = "topics";
  private static final String GROUPS = "groups";

  private final Path path;
  private final DefinitionLines lines;
  private final Map<String, Map<String, String>> topics;
  private final Map<String, Map<String, String>> groups;

  private DefinitionsFile(Path path, String text) throws ConfigException {
    this.path = path;
    lines = new DefinitionLines(text);
    JsonNode root = parse(text);
    for (String table : root.propertyNames()) {
      requireKnown(List.of(), table, "table", Set.of(TOPICS, GROUPS));
    }
    topics = definitions(root.path(TOPICS), TOPICS, TopicWords.VOCABULARY.names());
    groups = definitions(root.path(GROUPS), GROUPS, GroupWords.VOCABULARY.names());
  }

  /** Reads a file and checks its names; its values are checked when they are applied. */
  public static DefinitionsFile read(Path path) throws ConfigException {
    try {
      if (Files.size(path) > MAX_FILE_BYTES) {
        throw new ConfigException(
            "the file " + path + " (data.definitions) is larger than 16MiB: not definitions");
      }
      return new DefinitionsFile(path, Files.readString(path));
    } catch (IOException e) {
      throw new ConfigException("the file " + path + " (data.definitions) can't be read: " + e);
    }
  }

  private JsonNode parse(String text) throws ConfigException {
    try {
      return new TomlMapper().readTree(text);
    } catch (JacksonException e) {
      throw new ConfigException(
          "the file %s is not TOML: line %d, column %d: %s"
              .formatted(
                  path,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()));
    }
  }

  private Map<String, Map<String, String>> definitions(
      JsonNode tables, String kind, Set<String> words) throws ConfigException {
    Map<String, Map<String, String>> definitions = new LinkedHashMap<>();
    if (!tables.isMissingNode() && !tables.isObject()) {
      throw at(List.of(kind), "'%s' is no table: write [%s.NAME]".formatted(kind, kind));
    }
    for (Map.Entry<String, JsonNode> entry : tables.properties()) {
      List<String> place = List.of(kind, entry.getKey());
      if (!entry.getValue().isObject()) {
        throw at(place, "'%s' is no table: write [%s.NAME]".formatted(entry.getKey(), kind));
      }
      Map<String, String> given = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> word : entry.getValue().properties()) {
        requireKnown(place, word.getKey(), "word", words);
        given.put(word.getKey(), Said.text(word.getValue()));
      }
      definitions.put(entry.getKey(), given);
    }
    return definitions;
  }

  private void requireKnown(List<String> place, String name, String what, Set<String> known)
      throws ConfigException {
    if (!known.contains(name)) {
      List<String> full = new ArrayList<>(place);
      full.add(name);
      String hint =
          NearestName.of(name, known)
              .map(nearest -> "did you mean " + nearest + "?")
              .orElse("allowed: " + String.join(", ", known.stream().sorted().toList()));
      throw at(full, "there is no %s '%s'; %s".formatted(what, name, hint));
    }
  }

  Path path() {
    return path;
  }

  /** What is said of each topic, by name, in the order of the file. */
  Map<String, Map<String, String>> topics() {
    return topics;
  }

  /** What is said of each group, by name, in the order of the file. */
  Map<String, Map<String, String>> groups() {
    return groups;
  }

  /** Says what is wrong with a topic, or with one word of it. */
  ConfigException inTopic(String name, String word, String message) {
    return at(List.of(TOPICS, name, word), "topic '%s': %s".formatted(name, message));
  }

  /** Says what is wrong with a group, or with one word of it. */
  ConfigException inGroup(String name, String word, String message) {
    return at(List.of(GROUPS, name, word), "group '%s': %s".formatted(name, message));
  }

  private ConfigException at(List<String> place, String message) {
    int line = lines.lineOf(place);
    return new ConfigException(
        line == 0
            ? "the file %s: %s".formatted(path, message)
            : "the file %s, line %d: %s".formatted(path, line, message));
  }
}
