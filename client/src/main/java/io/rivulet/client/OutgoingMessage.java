package io.rivulet.client;

import com.google.protobuf.ByteString;
import io.rivulet.api.v1.Message;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;

/** Immutable. A message to send: {@code OutgoingMessage.of("hello").tag("greeting")}. */
public final class OutgoingMessage {
  private final Message message;

  private OutgoingMessage(Message message) {
    this.message = message;
  }

  /** A message with this text, in UTF-8. */
  public static OutgoingMessage of(String text) {
    return new OutgoingMessage(Message.newBuilder().setBody(ByteString.copyFromUtf8(text)).build());
  }

  /** A message with a copy of these bytes. */
  public static OutgoingMessage of(byte[] body) {
    return new OutgoingMessage(Message.newBuilder().setBody(ByteString.copyFrom(body)).build());
  }

  /**
   * Names the message; otherwise the client does. An id of your own, such as that of the request
   * that caused it, makes sends safe to repeat even by another process.
   */
  public OutgoingMessage id(String id) {
    return with(builder().setMessageId(id));
  }

  /** What consumers filter by. */
  public OutgoingMessage tag(String tag) {
    return with(builder().setTag(tag));
  }

  /** What people look it up by. */
  public OutgoingMessage keys(Collection<String> keys) {
    return with(builder().clearKeys().addAllKeys(keys));
  }

  public OutgoingMessage properties(Map<String, String> properties) {
    return with(builder().clearProperties().putAllProperties(properties));
  }

  public OutgoingMessage property(String name, String value) {
    return with(builder().putProperties(name, value));
  }

  /** LITE topics: the lite topic that it joins. A session fills this in by itself. */
  public OutgoingMessage liteTopic(String liteTopic) {
    return with(builder().setLiteTopic(liteTopic));
  }

  /** FIFO topics: the message group that it joins. */
  public OutgoingMessage messageGroup(String messageGroup) {
    return with(builder().setMessageGroup(messageGroup));
  }

  /** PRIORITY topics: from 0, higher first. */
  public OutgoingMessage priority(int priority) {
    return with(builder().setPriority(priority));
  }

  /** Nobody gets it before; not for messages of a lite topic or a message group. */
  public OutgoingMessage deliverAt(Instant time) {
    return with(builder().setDeliverAtMillis(Math.max(1, time.toEpochMilli())));
  }

  Message toWire() {
    return message;
  }

  private Message.Builder builder() {
    return message.toBuilder();
  }

  private static OutgoingMessage with(Message.Builder builder) {
    return new OutgoingMessage(builder.build());
  }
}
