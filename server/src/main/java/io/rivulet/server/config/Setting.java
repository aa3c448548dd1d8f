package io.rivulet.server.config;

import java.util.Locale;

/**
 * Immutable. One thing that can be set.
 *
 * @param name dotted, {@code room.what-it-is}
 * @param type how the value is written and bounded
 * @param standard the value when nobody sets one
 * @param purpose what it decides and when to change it, one or two sentences
 */
public record Setting<T>(String name, ValueType<T> type, T standard, String purpose) {
  static final String ENVIRONMENT_PREFIX = "RIVULET_";

  /** The environment variable that sets it. */
  public String environmentName() {
    return ENVIRONMENT_PREFIX + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** The part of the name before the dot. */
  public String room() {
    return name.substring(0, name.indexOf('.'));
  }
}
