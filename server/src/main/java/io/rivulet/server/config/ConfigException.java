package io.rivulet.server.config;

/** A setting can't be used; the message says which one, what is wrong, and where it was set. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  public ConfigException(String message) {
    super(message);
  }
}
