package io.rivulet.server.config;

import java.util.List;

/**
 * Immutable. What the server writes about itself.
 *
 * @param level the least urgent lines that are written
 */
public record LoggingConfig(Level level) {
  /** How urgent a line is. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  static final Setting<Level> LEVEL =
      new Setting<>(
          "logging.level",
          new ValueType.Choice<>(Level.class),
          Level.INFO,
          "The least urgent lines that are written, to standard output. Use debug to see why"
              + " requests are refused.");

  static final List<Setting<?>> SETTINGS = List.of(LEVEL);

  static LoggingConfig from(SettingValues values) {
    return new LoggingConfig(values.get(LEVEL));
  }
}
