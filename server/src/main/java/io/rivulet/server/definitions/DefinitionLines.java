package io.rivulet.server.definitions;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Immutable. In which line of a TOML file something stands, for error messages: what the library
 * reads no longer knows it.
 *
 * <p>Headers and keys that begin a line are found; what stands inside an inline table is said to
 * stand where that begins.
 */
final class DefinitionLines {
  private static final Pattern HEADER = Pattern.compile("^\\s*\\[\\s*([^\\]]+?)\\s*\\].*");
  private static final Pattern KEY =
      Pattern.compile(
          "^\\s*((?:[\\w-]+|\"[^\"]*\"|'[^']*')(?:\\s*\\.\\s*"
              + "(?:[\\w-]+|\"[^\"]*\"|'[^']*'))*)\\s*=.*");

  private final Map<String, Integer> byPath = new HashMap<>();

  DefinitionLines(String text) {
    String table = "";
    int number = 0;
    for (String line : text.split("\\R", -1)) {
      number++;
      Matcher header = HEADER.matcher(line);
      Matcher key = KEY.matcher(line);
      if (key.matches()) {
        byPath.putIfAbsent(table + plain(key.group(1)), number);
      } else if (header.matches()) {
        String path = plain(header.group(1));
        for (int end = path.indexOf('.'); end > 0; end = path.indexOf('.', end + 1)) {
          byPath.putIfAbsent(path.substring(0, end), number);
        }
        byPath.putIfAbsent(path, number);
        table = path + ".";
      }
    }
  }

  private static String plain(String path) {
    return path.replaceAll("\\s*\\.\\s*", ".").replaceAll("[\"']", "");
  }

  /** Where the innermost of these names stands that stands anywhere; 0: nowhere. */
  int lineOf(List<String> path) {
    for (int length = path.size(); length > 0; length--) {
      Integer line = byPath.get(String.join(".", path.subList(0, length)));
      if (line != null) {
        return line;
      }
    }
    return 0;
  }
}
