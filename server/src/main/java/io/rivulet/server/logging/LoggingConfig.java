package io.rivulet.server.logging;

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
}
