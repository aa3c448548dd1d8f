package io.rivulet.server.config;

import java.nio.file.Path;
import java.util.List;

/**
 * Immutable. Where everything durable is.
 *
 * @param folder the data folder; made if it is missing, used by one server at a time
 */
public record DataConfig(Path folder) {
  static final Setting<Path> FOLDER =
      new Setting<>(
          "data.folder",
          new ValueType.FilePath(),
          Path.of("data"),
          "The folder with the log, the index and the certificate; made if it is missing. Put it on"
              + " a disk of its own when sends wait for other programs' writes.");

  static final List<Setting<?>> SETTINGS = List.of(FOLDER);

  static DataConfig from(SettingValues values) {
    return new DataConfig(values.get(FOLDER));
  }
}
