package io.rivulet.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Immutable. Reads a TOML file as dotted names with the text of their values. */
final class SettingsFile {
  private static final long MAX_FILE_BYTES = 1 << 20;

  private SettingsFile() {}

  static Map<String, String> read(Path file) throws ConfigException {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new ConfigException("the file " + file + " is larger than 1MiB: not a settings file");
      }
      JsonNode root = new TomlMapper().readTree(Files.readString(file));
      Map<String, String> values = new LinkedHashMap<>();
      flatten("", root, values, file);
      return values;
    } catch (JacksonException e) {
      throw new ConfigException(
          "the file %s is not TOML: line %d, column %d: %s"
              .formatted(
                  file,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()));
    } catch (IOException e) {
      throw new ConfigException("the file " + file + " can't be read: " + e);
    }
  }

  private static void flatten(String prefix, JsonNode node, Map<String, String> values, Path file)
      throws ConfigException {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String name = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        flatten(name + ".", value, values, file);
      } else if (value.isArray()) {
        throw new ConfigException(
            "the setting " + name + " in the file " + file + " is a list; no setting takes one");
      } else {
        values.put(name, value.asString());
      }
    }
  }
}
