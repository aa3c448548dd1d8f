package io.rivulet.server.config;

import io.rivulet.server.logging.LoggingConfig;
import java.util.List;

/** Immutable. The settings of the log lines. */
final class LoggingSettings {
  static final Setting<LoggingConfig.Level> LEVEL =
      new Setting<>(
          "logging.level",
          new ValueType.Choice<>(LoggingConfig.Level.class),
          LoggingConfig.Level.INFO,
          "The least urgent lines that are written, to standard output. Use debug to see why"
              + " requests are refused.");

  static final List<Setting<?>> SETTINGS = List.of(LEVEL);

  private LoggingSettings() {}

  static LoggingConfig from(SettingValues values) {
    return new LoggingConfig(values.get(LEVEL));
  }
}
