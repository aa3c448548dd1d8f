package io.rivulet.server.rocketmq.send;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.EndTransactionResponse;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SystemProperties;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.rocketmq.reply.Replies;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Optional;

/**
 * Safe for all threads: stateless. Says no to transactional messages, with the code that the
 * reference has for it: the topic's type does not allow them; where there is no topic yet, that
 * they are not supported.
 */
public final class UnsupportedKinds {
  private final Engine engine;

  public UnsupportedKinds(Engine engine) {
    this.engine = engine;
  }

  /** Commits and rollbacks: there is no transaction that they could end. */
  public void endTransaction(
      EndTransactionRequest request, StreamObserver<EndTransactionResponse> observer) {
    Status status =
        request.getTransactionId().isBlank()
            ? Statuses.of(Code.INVALID_TRANSACTION_ID, "the transaction id is blank")
            : unsupported("transactional messages");
    Replies.send(observer, EndTransactionResponse.newBuilder().setStatus(status).build());
  }

  Optional<Status> check(String topic, SystemProperties system) {
    if (system.getMessageType() == MessageType.TRANSACTION) {
      return Optional.of(conflict(topic, TopicType.TRANSACTION, "transactional messages"));
    }
    return Optional.empty();
  }

  private Status conflict(String topic, TopicType needed, String what) {
    Optional<TopicDefinition> definition = engine.topic(topic);
    if (definition.isEmpty() || definition.get().type() == needed) {
      return unsupported(what);
    }
    return Statuses.of(
        Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE,
        "the topic '"
            + topic
            + "' is "
            + definition.get().type()
            + ", not "
            + needed
            + "; this server does not support "
            + what
            + " yet");
  }

  private static Status unsupported(String what) {
    return Statuses.of(Code.UNSUPPORTED, "this server does not support " + what + " yet");
  }
}
