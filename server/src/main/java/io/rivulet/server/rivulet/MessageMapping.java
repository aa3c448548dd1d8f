package io.rivulet.server.rivulet;

import io.rivulet.api.v1.AppendReceipt;
import io.rivulet.api.v1.AppendResponse;
import io.rivulet.api.v1.AppendResult;
import io.rivulet.api.v1.BodyEncoding;
import io.rivulet.api.v1.CancelMessageResponse;
import io.rivulet.api.v1.CancelledAt;
import io.rivulet.api.v1.DeadLetterOrigin;
import io.rivulet.api.v1.Delivery;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.grpc.Bodies;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Immutable. Messages of the engine and of the wire. */
final class MessageMapping {
  private MessageMapping() {}

  /**
   * @param isKept whether bodies lie in buffers that outlive their use
   */
  static Message toEngine(
      String topic, io.rivulet.api.v1.Message message, long nowMillis, boolean isKept) {
    return Message.builder(
            topic, message.getMessageId(), Bodies.toEngine(message.getBody(), isKept))
        .gzip(message.getBodyEncoding() == BodyEncoding.BODY_ENCODING_GZIP)
        .tag(nullIfEmpty(message.getTag()))
        .keys(message.getKeysList())
        .properties(message.getPropertiesMap())
        .liteTopic(nullIfEmpty(message.getLiteTopic()))
        .messageGroup(nullIfEmpty(message.getMessageGroup()))
        .priority(message.hasPriority() ? message.getPriority() : Message.NO_PRIORITY)
        .born(
            message.getBornAtMillis() == 0 ? nowMillis : message.getBornAtMillis(),
            message.getBornHost())
        .traceContext(nullIfEmpty(message.getTraceContext()))
        .deliverAt(message.getDeliverAtMillis())
        .build();
  }

  /** The message with a token that continues behind it. */
  static io.rivulet.api.v1.StoredMessage toWireWithToken(StoredMessage stored) {
    return toWire(stored)
        .setToken(new ResumeToken(stored.queueId(), stored.offset() + 1).encode())
        .build();
  }

  static Delivery toWire(DeliveredMessage delivered) {
    return Delivery.newBuilder()
        .setMessage(toWire(delivered.message()))
        .setReceiptHandle(delivered.receiptHandle())
        .setAttempt(delivered.attempt())
        .build();
  }

  static AppendResponse toWire(List<Outcome<SendReceipt>> outcomes) {
    AppendResponse.Builder response = AppendResponse.newBuilder();
    for (Outcome<SendReceipt> outcome : outcomes) {
      response.addResults(toWire(outcome));
    }
    return response.build();
  }

  private static AppendResult toWire(Outcome<SendReceipt> outcome) {
    return switch (outcome) {
      case Outcome.Ok<SendReceipt>(SendReceipt receipt) ->
          AppendResult.newBuilder()
              .setReceipt(
                  AppendReceipt.newBuilder()
                      .setMessageId(receipt.messageId())
                      .setIncarnation(receipt.queueId())
                      .setOffset(receipt.offset())
                      .setDuplicate(receipt.isDuplicate())
                      .setHandle(receipt.handle()))
              .build();
      case Outcome.Refused<SendReceipt>(var refusal) ->
          AppendResult.newBuilder().setRefusal(RefusalMapping.toWire(refusal)).build();
    };
  }

  static CancelMessageResponse toWire(Cancellation cancellation) {
    return CancelMessageResponse.newBuilder()
        .setFound(
            switch (cancellation.found()) {
              case WAITING -> CancelledAt.CANCELLED_AT_WAITING;
              case RUNNING -> CancelledAt.CANCELLED_AT_RUNNING;
              case DONE -> CancelledAt.CANCELLED_AT_DONE;
              case CANCELLED -> CancelledAt.CANCELLED_AT_CANCELLED;
            })
        .setMessageId(cancellation.messageId())
        .build();
  }

  private static io.rivulet.api.v1.StoredMessage.Builder toWire(StoredMessage stored) {
    io.rivulet.api.v1.StoredMessage.Builder builder =
        io.rivulet.api.v1.StoredMessage.newBuilder()
            .setTopic(stored.message().topic())
            .setMessage(toWire(stored.message()))
            .setIncarnation(stored.queueId())
            .setOffset(stored.offset())
            .setStoredAtMillis(stored.storeMillis());
    Message.@Nullable Origin origin = stored.message().origin();
    if (origin != null) {
      builder.setOrigin(
          DeadLetterOrigin.newBuilder()
              .setTopic(origin.topic())
              .setMessageId(origin.messageId())
              .setGroup(origin.group())
              .setReason(origin.reason()));
    }
    return builder;
  }

  private static io.rivulet.api.v1.Message toWire(Message message) {
    io.rivulet.api.v1.Message.Builder builder =
        io.rivulet.api.v1.Message.newBuilder()
            .setMessageId(message.id())
            .setBody(Bodies.toWire(message.body()))
            .addAllKeys(message.keys())
            .putAllProperties(message.properties())
            .setBornAtMillis(message.bornMillis())
            .setBornHost(message.bornHost())
            .setDeliverAtMillis(message.deliverAtMillis());
    if (message.gzip()) {
      builder.setBodyEncoding(BodyEncoding.BODY_ENCODING_GZIP);
    }
    if (message.priority() != Message.NO_PRIORITY) {
      builder.setPriority(message.priority());
    }
    setIfPresent(message.tag(), builder::setTag);
    setIfPresent(message.liteTopic(), builder::setLiteTopic);
    setIfPresent(message.messageGroup(), builder::setMessageGroup);
    setIfPresent(message.traceContext(), builder::setTraceContext);
    return builder.build();
  }

  private static void setIfPresent(
      @Nullable String value, java.util.function.Consumer<String> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  private static @Nullable String nullIfEmpty(String value) {
    return value.isEmpty() ? null : value;
  }
}
