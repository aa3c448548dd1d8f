package io.rivulet.server.rest;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.server.http.Problem;
import io.rivulet.server.http.StoredBody;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.util.RawValue;

/** Immutable. Messages as answers show them. */
final class MessageViews {
  private MessageViews() {}

  static Shapes.StoredMessage of(StoredMessage stored) {
    Message message = stored.message();
    byte[] body = StoredBody.of(message);
    String type = message.properties().getOrDefault(MessageDrafts.CONTENT_TYPE, "");
    boolean isJson = CloudEvent.isJson(type) && Json.isValue(body);
    String text = isJson ? null : text(body);
    Message.@Nullable Origin origin = message.origin();
    return new Shapes.StoredMessage(
        message.id(),
        message.topic(),
        message.liteTopic(),
        stored.queueId(),
        stored.offset(),
        Instant.ofEpochMilli(stored.storeMillis()).toString(),
        message.tag(),
        message.keys(),
        message.properties(),
        message.priority() == Message.NO_PRIORITY ? null : message.priority(),
        message.messageGroup(),
        message.deliverAtMillis() == 0
            ? null
            : Instant.ofEpochMilli(message.deliverAtMillis()).toString(),
        text,
        isJson ? new RawValue(new String(body, StandardCharsets.UTF_8)) : null,
        isJson || text != null ? null : Base64.getEncoder().encodeToString(body),
        origin == null
            ? null
            : new Shapes.DeadLetter(
                origin.topic(), origin.messageId(), origin.group(), origin.reason()));
  }

  static Shapes.Delivery of(DeliveredMessage delivered) {
    return new Shapes.Delivery(
        delivered.receiptHandle(), delivered.attempt(), of(delivered.message()));
  }

  /** As an event; what only we know of it is in attributes of ours. */
  static Map<String, Object> event(DeliveredMessage delivered) {
    Map<String, Object> more = place(delivered.message());
    more.put("rivuletreceipt", delivered.receiptHandle());
    more.put("rivuletattempt", delivered.attempt());
    return CloudEvent.toJson(delivered.message(), more);
  }

  static Map<String, Object> event(StoredMessage stored) {
    return CloudEvent.toJson(stored, place(stored));
  }

  private static Map<String, Object> place(StoredMessage stored) {
    Map<String, Object> place = new LinkedHashMap<>();
    place.put("rivulettopic", stored.message().topic());
    if (stored.message().liteTopic() != null) {
      place.put("rivuletlite", stored.message().liteTopic());
    }
    place.put("rivuletoffset", Long.toString(stored.offset()));
    return place;
  }

  static Shapes.Receipt of(SendReceipt receipt) {
    return new Shapes.Receipt(
        receipt.messageId(),
        receipt.queueId(),
        receipt.offset(),
        receipt.isDuplicate(),
        receipt.handle());
  }

  static Shapes.ProblemBody of(Refusal refusal) {
    Problem problem = Problem.of(refusal);
    return new Shapes.ProblemBody(
        "about:blank", problem.status(), problem.title(), problem.detail());
  }

  /** The text that these bytes are in UTF-8; null: they are none. */
  static @Nullable String text(byte[] body) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** A time of the engine; null: never. */
  static @Nullable String time(long epochMillis) {
    return epochMillis <= 0 ? null : Instant.ofEpochMilli(epochMillis).toString();
  }
}
