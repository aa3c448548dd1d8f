package io.rivulet.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.rivulet.client.Delivery;
import io.rivulet.client.ReceivedMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

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

  static void write(JsonGenerator json, ReceivedMessage message) throws IOException {
    json.writeStartObject();
    writeFields(json, message);
    json.writeEndObject();
  }

  static void write(JsonGenerator json, Delivery delivery) throws IOException {
    json.writeStartObject();
    writeFields(json, delivery.message());
    json.writeNumberField("attempt", delivery.attempt());
    json.writeStringField("receiptHandle", delivery.receiptHandle());
    json.writeEndObject();
  }

  private static void writeFields(JsonGenerator json, ReceivedMessage message) throws IOException {
    json.writeStringField("topic", message.topic());
    writeIfPresent(json, "liteTopic", message.liteTopic());
    writeIfPresent(json, "messageGroup", message.messageGroup());
    json.writeNumberField("offset", message.offset());
    json.writeNumberField("incarnation", message.incarnation());
    json.writeStringField("id", message.id());
    byte[] body = message.body();
    Optional<String> text = text(body);
    if (text.isPresent()) {
      json.writeStringField("body", text.get());
    } else {
      json.writeStringField("bodyBase64", Base64.getEncoder().encodeToString(body));
    }
    writeIfPresent(json, "tag", message.tag());
    if (!message.keys().isEmpty()) {
      json.writeArrayFieldStart("keys");
      for (String key : message.keys()) {
        json.writeString(key);
      }
      json.writeEndArray();
    }
    if (message.priority().isPresent()) {
      json.writeNumberField("priority", message.priority().getAsInt());
    }
    if (!message.properties().isEmpty()) {
      json.writeObjectFieldStart("properties");
      for (Map.Entry<String, String> property : message.properties().entrySet()) {
        json.writeStringField(property.getKey(), property.getValue());
      }
      json.writeEndObject();
    }
    json.writeStringField("storedAt", message.storedAt().toString());
    writeIfPresent(json, "token", message.token());
    writeOrigin(json, message);
  }

  private static void writeOrigin(JsonGenerator json, ReceivedMessage message) throws IOException {
    Optional<ReceivedMessage.DeadLetter> origin = message.deadLetter();
    if (origin.isPresent()) {
      json.writeObjectFieldStart("origin");
      json.writeStringField("topic", origin.get().topic());
      json.writeStringField("id", origin.get().id());
      json.writeStringField("group", origin.get().group());
      json.writeStringField("reason", origin.get().reason());
      json.writeEndObject();
    }
  }

  private static void writeIfPresent(JsonGenerator json, String name, String value)
      throws IOException {
    if (!value.isEmpty()) {
      json.writeStringField(name, value);
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
