package io.rivulet.server.rest;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Immutable. A path with names in braces for what differs, such as {@code /v1/topics/{topic}}.
 *
 * @param text as it stands in the table of operations
 */
record PathTemplate(String text, List<String> segments) {
  static PathTemplate of(String text) {
    return new PathTemplate(text, List.of(text.split("/", -1)));
  }

  /** What stands in the places of the names; empty: the path is another one. */
  Optional<Map<String, String>> match(String path) {
    String[] parts = path.split("/", -1);
    if (parts.length != segments.size()) {
      return Optional.empty();
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < parts.length; i++) {
      String segment = segments.get(i);
      if (isName(segment)) {
        String value = decode(parts[i]);
        if (value.isEmpty()) {
          return Optional.empty();
        }
        values.put(segment.substring(1, segment.length() - 1), value);
      } else if (!segment.equals(parts[i])) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }

  /** The names, in the order in which they stand there. */
  List<String> names() {
    return segments.stream()
        .filter(PathTemplate::isName)
        .map(segment -> segment.substring(1, segment.length() - 1))
        .toList();
  }

  private static boolean isName(String segment) {
    return segment.startsWith("{");
  }

  /** Names such as %DLQ%workers may stand there as they are: what is no escape is text. */
  private static String decode(String part) {
    try {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return part;
    }
  }
}
