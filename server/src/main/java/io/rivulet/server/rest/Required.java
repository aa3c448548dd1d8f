package io.rivulet.server.rest;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Immutable. What a body must have. */
final class Required {
  private Required() {}

  /**
   * The value.
   *
   * @throws IllegalArgumentException if it is not there
   */
  static String text(String name, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("'" + name + "' is missing");
    }
    return value;
  }

  /**
   * The list.
   *
   * @throws IllegalArgumentException if it does not have 1 to {@code max} elements, all of them
   *     there
   */
  static List<String> texts(String name, @Nullable List<String> values, int max) {
    int count = values == null ? 0 : values.size();
    if (values == null || count < 1 || count > max || values.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(
          "'%s' is a list of 1 to %,d texts, not of %,d".formatted(name, max, count));
    }
    return values;
  }

  /** A list that may be left out. */
  static List<String> orNone(@Nullable List<String> values) {
    if (values != null && values.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("a list of texts has no null in it");
    }
    return values == null ? List.of() : values;
  }
}
