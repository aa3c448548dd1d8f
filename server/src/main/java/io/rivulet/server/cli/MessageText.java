package io.rivulet.server.cli;

import io.rivulet.client.Delivery;
import io.rivulet.client.ReceivedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** Immutable. Shows messages to people and programs. */
final class MessageText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  private MessageText() {}

  /** One line, the body last. */
  static String line(ReceivedMessage message) {
    StringBuilder line = new StringBuilder();
    line.append(message.offset()).append("  ").append(TIME.format(message.storedAt())).append("  ");
    if (!message.liteTopic().isEmpty()) {
      line.append(message.liteTopic()).append("  ");
    }
    if (!message.messageGroup().isEmpty()) {
      line.append(message.messageGroup()).append("  ");
    }
    if (!message.tag().isEmpty()) {
      line.append('[').append(message.tag()).append("]  ");
    }
    return line.append(body(message)).toString();
  }

  /** The body as text; bytes that are none as base64. */
  static String body(ReceivedMessage message) {
    byte[] body = message.body();
    return text(body).orElseGet(() -> "base64:" + Base64.getEncoder().encodeToString(body));
  }

  static void write(JsonGenerator json, ReceivedMessage message) {
    json.writeStartObject();
    writeFields(json, message);
    json.writeEndObject();
  }

  static void write(JsonGenerator json, Delivery delivery) {
    json.writeStartObject();
    writeFields(json, delivery.message());
    json.writeNumberProperty("attempt", delivery.attempt());
    json.writeStringProperty("receiptHandle", delivery.receiptHandle());
    json.writeEndObject();
  }

  private static void writeFields(JsonGenerator json, ReceivedMessage message) {
    json.writeStringProperty("topic", message.topic());
    writeIfPresent(json, "liteTopic", message.liteTopic());
    writeIfPresent(json, "messageGroup", message.messageGroup());
    json.writeNumberProperty("offset", message.offset());
    json.writeNumberProperty("incarnation", message.incarnation());
    json.writeStringProperty("id", message.id());
    byte[] body = message.body();
    Optional<String> text = text(body);
    if (text.isPresent()) {
      json.writeStringProperty("body", text.get());
    } else {
      json.writeStringProperty("bodyBase64", Base64.getEncoder().encodeToString(body));
    }
    writeIfPresent(json, "tag", message.tag());
    if (!message.keys().isEmpty()) {
      json.writeArrayPropertyStart("keys");
      for (String key : message.keys()) {
        json.writeString(key);
      }
      json.writeEndArray();
    }
    if (message.priority().isPresent()) {
      json.writeNumberProperty("priority", message.priority().getAsInt());
    }
    if (!message.properties().isEmpty()) {
      json.writeObjectPropertyStart("properties");
      for (Map.Entry<String, String> property : message.properties().entrySet()) {
        json.writeStringProperty(property.getKey(), property.getValue());
      }
      json.writeEndObject();
    }
    json.writeStringProperty("storedAt", message.storedAt().toString());
    writeIfPresent(json, "token", message.token());
    writeOrigin(json, message);
  }

  private static void writeOrigin(JsonGenerator json, ReceivedMessage message) {
    Optional<ReceivedMessage.DeadLetter> origin = message.deadLetter();
    if (origin.isPresent()) {
      json.writeObjectPropertyStart("origin");
      json.writeStringProperty("topic", origin.get().topic());
      json.writeStringProperty("id", origin.get().id());
      json.writeStringProperty("group", origin.get().group());
      json.writeStringProperty("reason", origin.get().reason());
      json.writeEndObject();
    }
  }

  private static void writeIfPresent(JsonGenerator json, String name, String value) {
    if (!value.isEmpty()) {
      json.writeStringProperty(name, value);
    }
  }

  private static Optional<String> text(byte[] body) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
    } catch (CharacterCodingException notText) {
      return Optional.empty();
    }
  }
}
