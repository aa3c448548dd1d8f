package io.rivulet.server.rocketmq.send;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SystemProperties;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Optional;

/**
 * Immutable. What is allowed in a message that is sent, with the codes of the reference; an empty
 * answer means that it is fine. Whether its kind fits the topic is for the engine to say.
 */
final class MessageRules {
  private static final int MAX_ID_SIZE = 255;

  private final int maxBodyBytes;

  MessageRules(int maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
  }

  Optional<Status> check(Message message) {
    SystemProperties system = message.getSystemProperties();
    String id = system.getMessageId();
    if (id.isBlank() || Names.utf8Size(id) > MAX_ID_SIZE) {
      return refused(
          Code.ILLEGAL_MESSAGE_ID,
          "illegal message id '" + id + "': not blank, at most 255 bytes in UTF-8");
    }
    int bodySize = message.getBody().size();
    if (bodySize == 0) {
      return refused(Code.MESSAGE_BODY_EMPTY, "the body is empty");
    }
    if (bodySize > maxBodyBytes) {
      return refused(
          Code.MESSAGE_BODY_TOO_LARGE,
          "the body has " + bodySize + " bytes, at most " + maxBodyBytes + " are allowed");
    }
    Optional<Status> problem = checkKind(system);
    return problem.isPresent()
        ? problem
        : PropertyRules.check(system, message.getUserPropertiesMap());
  }

  /**
   * A message is of one kind. Which one follows from its fields, not from the type that it claims:
   * Node calls a message of priority 0 a NORMAL one.
   */
  private static Optional<Status> checkKind(SystemProperties system) {
    int kinds =
        (system.hasMessageGroup() ? 1 : 0)
            + (system.hasLiteTopic() ? 1 : 0)
            + (system.hasPriority() ? 1 : 0)
            + (system.hasDeliveryTimestamp() ? 1 : 0);
    if (kinds > 1) {
      return refused(
          Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE,
          "a message has at most one of message group, lite topic, priority and delivery time");
    }
    if (system.hasMessageGroup()) {
      return Names.checkMessageGroup(system.getMessageGroup());
    }
    if (system.hasLiteTopic()) {
      return Names.checkLiteTopic(system.getLiteTopic());
    }
    if (system.hasPriority()) {
      return system.getPriority() >= 0
          ? Optional.empty()
          : refused(
              Code.BAD_REQUEST,
              "illegal priority " + system.getPriority() + ": it is 0 or more, more is sooner");
    }
    return system.hasDeliveryTimestamp() ? Optional.empty() : checkClaim(system.getMessageType());
  }

  /** A claimed type whose field is missing would quietly become a NORMAL message. */
  private static Optional<Status> checkClaim(MessageType claimed) {
    return switch (claimed) {
      case FIFO -> refused(Code.ILLEGAL_MESSAGE_GROUP, "a FIFO message needs a message group");
      case LITE -> refused(Code.ILLEGAL_LITE_TOPIC, "a LITE message needs a lite topic");
      case PRIORITY ->
          refused(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE, "a PRIORITY message needs a priority");
      case DELAY -> refused(Code.ILLEGAL_DELIVERY_TIME, "a DELAY message needs a delivery time");
      case MESSAGE_TYPE_UNSPECIFIED, NORMAL, TRANSACTION, UNRECOGNIZED -> Optional.empty();
    };
  }

  private static Optional<Status> refused(Code code, String message) {
    return Optional.of(Statuses.of(code, message));
  }
}
