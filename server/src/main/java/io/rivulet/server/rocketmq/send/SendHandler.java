package io.rivulet.server.rocketmq.send;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.SendResultEntry;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SystemProperties;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.grpc.Bodies;
import io.rivulet.server.grpc.Incoming;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Replies;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: stateless. Stores messages: one request, one or many messages of one topic,
 * one call of the engine, one answer.
 *
 * <p>Trap 19: a client that retries sends the same message id again, which the engine recognises;
 * the receipt is then that of the first attempt.
 */
public final class SendHandler {
  private final Engine engine;
  private final MessageRules rules;
  private final UnsupportedKinds unsupported;
  private final DelayRules delays;

  public SendHandler(Engine engine, int maxBodyBytes, UnsupportedKinds unsupported) {
    this.engine = engine;
    this.rules = new MessageRules(maxBodyBytes);
    this.unsupported = unsupported;
    delays = new DelayRules(engine);
  }

  /** Stores the request's messages, all or, when one of them is illegal, none. */
  public void send(
      Incoming<SendMessageRequest> incoming, StreamObserver<SendMessageResponse> observer) {
    if (!incoming.take()) {
      return; // the call has ended: there is nobody to answer
    }
    SendMessageRequest request = incoming.message();
    CompletableFuture<List<Outcome<SendReceipt>>> sent;
    try {
      Caller caller = Caller.current();
      Optional<Status> problem = check(request, caller);
      if (problem.isPresent()) {
        incoming.close();
        Replies.send(observer, refused(request, problem.get()));
        return;
      }
      sent = engine.send(caller.clientId(), decode(request, caller, incoming.isKept()));
    } catch (RuntimeException e) {
      incoming.close();
      throw e;
    }
    var _ =
        sent.whenComplete((outcomes, failure) -> {
          incoming.close();
          Replies.send(
              observer,
              failure == null
                  ? accepted(outcomes, request)
                  : refused(request, Statuses.internal(failure)));
        });
  }

  private Optional<Status> check(SendMessageRequest request, Caller caller) {
    if (caller.isAnonymous()) {
      return Optional.of(Statuses.CLIENT_ID_REQUIRED);
    }
    int count = request.getMessagesCount();
    if (count == 0) {
      return Optional.of(Statuses.of(Code.MESSAGE_CORRUPTED, "the request has no messages"));
    }
    String topic = caller.qualified(request.getMessages(0).getTopic());
    Optional<Status> problem = Names.checkTopic(topic);
    for (int index = 0; problem.isEmpty() && index < count; index++) {
      problem = check(request.getMessages(index), topic, caller);
      if (problem.isPresent() && count > 1) {
        problem = Optional.of(at(index, problem.get()));
      }
    }
    return problem;
  }

  private Optional<Status> check(apache.rocketmq.v2.Message message, String topic, Caller caller) {
    if (!caller.qualified(message.getTopic()).equals(topic)) {
      return Optional.of(
          Statuses.of(
              Code.MESSAGE_CORRUPTED, "all messages of a request must be of the same topic"));
    }
    return rules
        .check(message)
        .or(() -> unsupported.check(topic, message.getSystemProperties()))
        .or(() -> delays.check(topic, message.getSystemProperties()));
  }

  private static Status at(int index, Status status) {
    return status.toBuilder().setMessage("message " + index + ": " + status.getMessage()).build();
  }

  private static List<Message> decode(SendMessageRequest request, Caller caller, boolean isKept) {
    String topic = caller.qualified(request.getMessages(0).getTopic());
    int count = request.getMessagesCount();
    if (count == 1) {
      return List.of(decode(request.getMessages(0), topic, caller, isKept));
    }
    List<Message> messages = new ArrayList<>(count);
    for (int index = 0; index < count; index++) {
      messages.add(decode(request.getMessages(index), topic, caller, isKept));
    }
    return messages;
  }

  private static Message decode(
      apache.rocketmq.v2.Message message, String topic, Caller caller, boolean isKept) {
    SystemProperties system = message.getSystemProperties();
    String bornHost = system.getBornHost();
    return Message.builder(topic, system.getMessageId(), Bodies.toEngine(message.getBody(), isKept))
        .gzip(system.getBodyEncoding() == Encoding.GZIP)
        .tag(system.hasTag() ? system.getTag() : null)
        .keys(system.getKeysList())
        .properties(message.getUserPropertiesMap())
        .messageGroup(system.hasMessageGroup() ? system.getMessageGroup() : null)
        .liteTopic(system.hasLiteTopic() ? system.getLiteTopic() : null)
        .priority(system.hasPriority() ? system.getPriority() : Message.NO_PRIORITY)
        .deliverAt(DelayRules.deliverAtMillis(system))
        .born(
            ProtocolTimes.epochMillis(system.getBornTimestamp()),
            bornHost.isBlank() ? caller.remoteHost() : bornHost)
        .traceContext(system.hasTraceContext() ? system.getTraceContext() : null)
        .build();
  }

  private static SendMessageResponse accepted(
      List<Outcome<SendReceipt>> outcomes, SendMessageRequest request) {
    SendMessageResponse.Builder response = SendMessageResponse.newBuilder();
    boolean isAllOk = true;
    for (int index = 0; index < outcomes.size(); index++) {
      SendResultEntry entry = entry(outcomes.get(index), request.getMessages(index));
      isAllOk &= outcomes.get(index).isOk();
      response.addEntries(entry);
    }
    return response.setStatus(isAllOk ? Statuses.OK : common(response)).build();
  }

  private static Status common(SendMessageResponse.Builder response) {
    return Statuses.common(
        response.getEntriesList().stream().map(SendResultEntry::getStatus).toList());
  }

  private static SendResultEntry entry(
      Outcome<SendReceipt> outcome, apache.rocketmq.v2.Message message) {
    return switch (outcome) {
      case Outcome.Ok<SendReceipt> ok ->
          SendResultEntry.newBuilder()
              .setStatus(Statuses.OK)
              .setMessageId(ok.value().messageId())
              .setOffset(ok.value().offset())
              .setRecallHandle(ok.value().handle())
              .build();
      case Outcome.Refused<SendReceipt> refused ->
          SendResultEntry.newBuilder()
              .setStatus(Statuses.of(refused.refusal()))
              .setMessageId(message.getSystemProperties().getMessageId())
              .build();
    };
  }

  private static SendMessageResponse refused(SendMessageRequest request, Status status) {
    SendMessageResponse.Builder response = SendMessageResponse.newBuilder().setStatus(status);
    for (apache.rocketmq.v2.Message message : request.getMessagesList()) {
      response.addEntries(
          SendResultEntry.newBuilder()
              .setStatus(status)
              .setMessageId(message.getSystemProperties().getMessageId()));
    }
    return response.build();
  }
}
