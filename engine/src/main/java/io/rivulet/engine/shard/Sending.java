package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Immutable. What is checked of a send on the caller's thread. */
final class Sending {
  private static final int MAX_ID_BYTES = 255;

  private Sending() {}

  /**
   * Messages ready for the shard, or the refusal of them all.
   *
   * @param keyProperty tells which property holds the fairness key, by topic
   */
  static Outcome<List<Draft>> drafts(
      List<Message> messages, EngineConfig config, UnaryOperator<String> keyProperty) {
    Refusal illegal = check(messages, config);
    if (illegal != null) {
      return Outcome.refused(illegal);
    }
    String property = keyProperty.apply(messages.getFirst().topic());
    List<Draft> drafts = new ArrayList<>(messages.size());
    try {
      for (Message message : messages) {
        drafts.add(draft(message, Demand.of(message.properties(), property)));
      }
      return Outcome.ok(drafts);
    } catch (IllegalArgumentException e) {
      return Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, String.valueOf(e.getMessage()));
    }
  }

  private static Draft draft(Message message, Demand demand) {
    boolean isQueued = message.liteTopic() != null || message.messageGroup() != null;
    if (!isQueued && demand.priority() >= 0) {
      throw new IllegalArgumentException(
          "the property '"
              + Demand.PRIORITY_PROPERTY
              + "' is for messages of a lite topic or a message group; send others with a priority"
              + " to a PRIORITY topic");
    }
    long deadline = demand.deadlineMillis();
    if (deadline > 0 && deadline <= message.deliverAtMillis()) {
      throw new IllegalArgumentException(
          "the property '"
              + Demand.DEADLINE_PROPERTY
              + "' of "
              + deadline
              + " is not after the delivery time of "
              + message.deliverAtMillis()
              + ": nobody would get the message");
    }
    return Draft.of(message, demand);
  }

  private static @Nullable Refusal check(List<Message> messages, EngineConfig config) {
    if (messages.isEmpty()) {
      return new Refusal(RefusalCode.ILLEGAL_ARGUMENT, "a send has at least one message");
    }
    String topic = messages.getFirst().topic();
    Refusal illegal = Names.checkTopic(topic);
    for (Message message : messages) {
      if (illegal == null) {
        illegal = check(message, topic, config);
      }
    }
    return illegal;
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
    if (message.deliverAtMillis() < 0) {
      return new Refusal(
          RefusalCode.ILLEGAL_DELIVERY_TIME,
          "a delivery time is in milliseconds since 1970, not " + message.deliverAtMillis());
    }
    if (message.deliverAtMillis() > 0
        && (message.liteTopic() != null || message.messageGroup() != null)) {
      return new Refusal(
          RefusalCode.TYPE_MISMATCH,
          "a message of a lite topic or a message group can't have a delivery time: it would come after"
              + " messages that were sent later, and these queues keep their order");
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

  /** What a message of the topic names its fairness key by. */
  static String keyPropertyOf(Shard shard, String topicName) {
    Topic topic = shard.catalog().topic(topicName);
    if (topic != null) {
      return topic.keyProperty();
    }
    // It makes the topic: what the groups say that will follow it.
    Set<String> polling = shard.rooms().traffic().absent().groupsOf(topicName);
    return Topic.keyPropertyFor(
        shard.catalog().groups().stream()
            .filter(each ->
                polling.contains(each.name())
                    || topicName.equals(each.definition().boundTopic().orElse(null))));
  }
}
