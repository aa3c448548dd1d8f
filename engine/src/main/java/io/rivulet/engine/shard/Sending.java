package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Immutable. What is checked of a send on the caller's thread. */
final class Sending {
  private static final int MAX_ID_BYTES = 255;

  private Sending() {}

  /** A refusal, or a receipt that means nothing. */
  static Outcome<SendReceipt> check(List<Message> messages, EngineConfig config) {
    if (messages.isEmpty()) {
      return Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, "a send has at least one message");
    }
    String topic = messages.getFirst().topic();
    Refusal illegal = Names.checkTopic(topic);
    for (Message message : messages) {
      if (illegal == null) {
        illegal = check(message, topic, config);
      }
    }
    return illegal == null
        ? Outcome.ok(new SendReceipt("", 0, 0, false))
        : Outcome.refused(illegal);
  }

  private static @Nullable Refusal check(Message message, String topic, EngineConfig config) {
    if (!message.topic().equals(topic)) {
      return new Refusal(
          RefusalCode.ILLEGAL_ARGUMENT,
          "all messages of a send have the same topic, not '"
              + topic
              + "' and '"
              + message.topic()
              + "'");
    }
    if (message.body().size() > config.maxMessageBytes()) {
      return new Refusal(
          RefusalCode.MESSAGE_TOO_LARGE,
          "the body has "
              + message.body().size()
              + " bytes, "
              + config.maxMessageBytes()
              + " are allowed");
    }
    int idBytes = message.id().getBytes(StandardCharsets.UTF_8).length;
    if (idBytes == 0 || idBytes > MAX_ID_BYTES) {
      return new Refusal(
          RefusalCode.ILLEGAL_ARGUMENT,
          "a message id has 1 to " + MAX_ID_BYTES + " bytes, not " + idBytes);
    }
    String liteTopic = message.liteTopic();
    if (liteTopic != null) {
      return message.messageGroup() == null
          ? Names.checkLiteTopic(liteTopic)
          : new Refusal(
              RefusalCode.ILLEGAL_ARGUMENT,
              "a message has a lite topic or a message group, not both");
    }
    String messageGroup = message.messageGroup();
    return messageGroup == null ? null : Names.checkMessageGroup(messageGroup);
  }
}
