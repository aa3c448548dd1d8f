package io.rivulet.server.definitions;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Immutable. The words for one kind of definition.
 *
 * @param <B> the definition in the making
 */
public final class Vocabulary<B> {
  private final Map<String, Word<B>> words = new LinkedHashMap<>();

  Vocabulary(List<Word<B>> words) {
    words.forEach(word -> this.words.put(word.name(), word));
  }

  /** All of them, in the order in which they take effect. */
  public Set<String> names() {
    return words.keySet();
  }

  /** The values that a word allows, for people. */
  public String allowed(String name) {
    return Optional.ofNullable(words.get(name)).map(Word::allowed).orElse("");
  }

  /**
   * Says all this of a definition. The order in which it was given does not matter.
   *
   * @param given values by word, each one of {@link #names}
   * @throws WordException if a value can't be used
   */
  public void apply(B definition, Map<String, String> given) throws WordException {
    for (Word<B> word : words.values()) {
      String value = given.get(word.name());
      if (value == null) {
        continue;
      }
      try {
        word.effect().apply(definition, value.strip());
      } catch (IllegalArgumentException e) {
        throw new WordException(word.name(), value, String.valueOf(e.getMessage()), word.allowed());
      }
    }
  }
}
