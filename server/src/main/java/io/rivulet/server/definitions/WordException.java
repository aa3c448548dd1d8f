package io.rivulet.server.definitions;

/** A word of a definition has a value that can't be used; the message says why, for a person. */
public final class WordException extends Exception {
  private static final long serialVersionUID = 1;

  private final String word;

  WordException(String word, String value, String reason, String allowed) {
    super("can't be \"%s\": %s; allowed: %s".formatted(value, reason, allowed));
    this.word = word;
  }

  public String word() {
    return word;
  }
}
