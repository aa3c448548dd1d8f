package io.rivulet.server.definitions;

/**
 * Immutable. One thing that can be said of what is defined.
 *
 * @param <B> the definition in the making
 * @param name as it stands in a file, and after two dashes on a command line
 * @param allowed the values that are allowed, for people
 */
record Word<B>(String name, String allowed, Effect<B> effect) {
  /** What a word does. */
  interface Effect<B> {
    /**
     * Says it of a definition.
     *
     * @throws IllegalArgumentException if the value is none; the message says why
     */
    void apply(B definition, String value);
  }
}
