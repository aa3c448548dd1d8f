package io.rivulet.server.demo.web;

import io.rivulet.client.OutgoingMessage;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Immutable. A message of a conversation. Its id follows from what it says, so that whoever writes
 * it a second time, also another worker, does not store it a second time.
 *
 * @param question the id of the question that it belongs to
 * @param number of a token: from 0
 * @param text of the question or token; of an end, its reason
 */
record ChatEvent(Kind kind, String question, int number, String text) {
  /** What a message says. */
  enum Kind {
    QUESTION,
    TOKEN,
    END
  }

  static final String COMPLETE = "complete";
  static final String STOPPED = "stopped";

  static ChatEvent asked(Question question) {
    return new ChatEvent(Kind.QUESTION, question.id(), 0, question.text());
  }

  static ChatEvent token(Question question, int number, String text) {
    return new ChatEvent(Kind.TOKEN, question.id(), number, text);
  }

  static ChatEvent end(Question question, String reason) {
    return new ChatEvent(Kind.END, question.id(), 0, reason);
  }

  OutgoingMessage toMessage(String session) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("question", question);
    switch (kind) {
      case QUESTION -> json.put("kind", "question").put("text", text);
      case TOKEN -> json.put("kind", "token").put("number", number).put("text", text);
      case END -> json.put("kind", "end").put("reason", text);
    }
    String name = kind == Kind.TOKEN ? Integer.toString(number) : kind.name();
    return OutgoingMessage.of(json.toString()).id(session + "/" + question + "/" + name);
  }

  /** Reads a message of a conversation. */
  static ChatEvent read(String json) {
    try {
      JsonNode node = JsonMapper.shared().readTree(json);
      String question = node.path("question").asString("");
      String text = node.path("text").asString("");
      return switch (node.path("kind").asString("")) {
        case "question" -> new ChatEvent(Kind.QUESTION, question, 0, text);
        case "token" -> new ChatEvent(Kind.TOKEN, question, node.path("number").asInt(), text);
        case "end" -> new ChatEvent(Kind.END, question, 0, node.path("reason").asString(""));
        default -> throw new IllegalArgumentException("no message of a conversation: " + json);
      };
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no message of a conversation: " + json, e);
    }
  }
}
