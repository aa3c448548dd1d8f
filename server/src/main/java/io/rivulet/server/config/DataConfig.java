package io.rivulet.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Immutable. Where everything durable is.
 *
 * @param folder the data folder; made if it is missing, used by one server at a time
 * @param definitions a TOML file with topics and groups that are there when the server is ready
 */
public record DataConfig(Path folder, Optional<Path> definitions) {
  static final Setting<Path> FOLDER =
      new Setting<>(
          "data.folder",
          new ValueType.FilePath(),
          Path.of("data"),
          "The folder with the log, the index and the certificate; made if it is missing. Put it on"
              + " a disk of its own when sends wait for other programs' writes.");

  static final Setting<Optional<Path>> DEFINITIONS =
      new Setting<>(
          "data.definitions",
          new ValueType.Perhaps<>(new ValueType.FilePath()),
          Optional.empty(),
          "A TOML file with topics and groups, [topics.NAME] and [groups.NAME] with the words of"
              + " `rivulet topic set` and `rivulet group set`, which are made or changed at each"
              + " start; what it does not name stays. Give one to keep limits under version"
              + " control.");

  static final List<Setting<?>> SETTINGS = List.of(FOLDER, DEFINITIONS);

  static DataConfig from(SettingValues values) {
    return new DataConfig(values.get(FOLDER), values.get(DEFINITIONS));
  }
}
