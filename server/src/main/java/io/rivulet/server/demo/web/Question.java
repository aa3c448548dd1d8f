package io.rivulet.server.demo.web;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Immutable. What the page asks.
 *
 * @param id by the page, unique; the page says it again when it tries again
 */
record Question(String id, String text) {
  static final int MAX_CHARACTERS = 4000;

  /** It becomes the name of a lite topic. */
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{8,64}");

  /**
   * Reads a message.
   *
   * @throws IllegalArgumentException if it is no question, with the reason
   */
  static Question read(String json) {
    JsonNode node;
    try {
      node = JsonMapper.shared().readTree(json);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("a question is a JSON object, this is no JSON", e);
    }
    String id = node.path("id").asString("");
    String text = node.path("text").asString("").strip();
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "a question has an id of 8 to 64 letters, digits, '_' and '-'");
    }
    if (text.isEmpty() || text.length() > MAX_CHARACTERS) {
      throw new IllegalArgumentException(
          "a question has a text of 1 to " + MAX_CHARACTERS + " characters");
    }
    return new Question(id, text);
  }
}
