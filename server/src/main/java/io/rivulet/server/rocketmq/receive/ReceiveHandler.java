package io.rivulet.server.rocketmq.receive;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.Status;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.connection.ClientRegistry;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import io.rivulet.server.rocketmq.group.FilterExpressions;
import io.rivulet.server.rocketmq.group.GroupAdmission;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.time.Duration;
import java.util.Optional;

/**
 * Safe for all threads: stateless; each call has its own {@link ReceiveReply}. Hands out messages:
 * takes what is ready, or waits for it, then streams it and ends the stream.
 *
 * <p>The queue that the request names is not looked at (Node only ever asks for queue 0): a receive
 * takes from everything that its group follows in the topic, for LITE groups from the lite topics
 * that this client follows, many in one batch.
 */
public final class ReceiveHandler {
  private final Engine engine;
  private final ClientRegistry clients;
  private final GroupAdmission groups;
  private final ReceiveLimits limits;
  private final ReceiveReply.Factory replies;

  public ReceiveHandler(
      Engine engine,
      ClientRegistry clients,
      GroupAdmission groups,
      ReceiveLimits limits,
      ReceiveReply.Factory replies) {
    this.engine = engine;
    this.clients = clients;
    this.groups = groups;
    this.limits = limits;
    this.replies = replies;
  }

  /** Answers with a stream: a status, messages, a time stamp; and always ends it (trap 1). */
  public void receive(
      ReceiveMessageRequest request, StreamObserver<ReceiveMessageResponse> observer) {
    Caller caller = Caller.current();
    String group = caller.qualified(request.getGroup());
    ReceiveReply reply =
        replies.open((ServerCallStreamObserver<ReceiveMessageResponse>) observer, caller, group);
    String topic = caller.qualified(request.getMessageQueue().getTopic());
    Optional<Status> problem = check(request, caller, group, topic);
    if (problem.isPresent()) {
      reply.refuse(problem.get());
      return;
    }
    Optional<ConnectedClient> client = clients.takeUp(caller);
    if (client.isEmpty()) {
      reply.refuse(Statuses.TOO_MANY_CLIENTS);
      return;
    }
    Optional<Duration> wait =
        limits
            .pollTime()
            .of(request, Context.current().getDeadline(), client.get().requestTimeout());
    if (wait.isEmpty()) {
      reply.refuse(Statuses.of(Code.ILLEGAL_POLLING_TIME, "the long polling timeout is negative"));
      return;
    }
    Filter filter = FilterExpressions.parse(request.getFilterExpression());
    PollRequest poll =
        new PollRequest(
            group,
            topic,
            caller.clientId(),
            Math.clamp(request.getBatchSize(), 1, limits.maxBatchSize()),
            invisible(request),
            filter,
            wait.get(),
            attemptId(request),
            // A consumer that names its leases is a simple one, whose batches are taken in order.
            client.get().keepsOrder() || !request.getAutoRenew());
    poll(client.get(), poll, reply);
  }

  private void poll(ConnectedClient client, PollRequest poll, ReceiveReply reply) {
    if (groups.isAdmitted(client, poll.group(), poll.topic(), poll.filter())) {
      reply.answer(poll, engine.poll(poll), client);
      return;
    }
    var _ =
        groups
            .admitByPoll(client, poll.group(), poll.topic(), poll.filter())
            .whenComplete((outcome, failure) -> {
              if (failure != null) {
                reply.refuse(Statuses.internal(failure));
              } else if (outcome instanceof Outcome.Refused<?> refused) {
                reply.refuse(Statuses.of(refused.refusal()));
              } else {
                reply.answer(poll, engine.poll(poll), client);
              }
            });
  }

  private Optional<Status> check(
      ReceiveMessageRequest request, Caller caller, String group, String topic) {
    if (caller.isAnonymous()) {
      return Optional.of(Statuses.CLIENT_ID_REQUIRED);
    }
    Optional<Status> problem = Names.checkGroup(group);
    if (problem.isEmpty()) {
      problem = Names.checkTopic(topic);
    }
    if (problem.isEmpty()) {
      problem = FilterExpressions.check(request.getFilterExpression());
    }
    return problem.isEmpty() ? checkInvisible(request) : problem;
  }

  private Optional<Status> checkInvisible(ReceiveMessageRequest request) {
    if (request.getAutoRenew()) {
      return Optional.empty();
    }
    Duration invisible = invisibleDuration(request);
    if (invisible.compareTo(limits.minInvisible()) >= 0
        && invisible.compareTo(limits.maxInvisible()) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        Statuses.of(
            Code.ILLEGAL_INVISIBLE_TIME,
            "the invisible duration of "
                + invisible.toMillis()
                + " ms is not allowed, it is "
                + limits.minInvisible().toSeconds()
                + " to "
                + limits.maxInvisible().toSeconds()
                + " seconds"));
  }

  private static Optional<Duration> invisible(ReceiveMessageRequest request) {
    return request.getAutoRenew() ? Optional.empty() : Optional.of(invisibleDuration(request));
  }

  private static Duration invisibleDuration(ReceiveMessageRequest request) {
    return ProtocolTimes.duration(request.getInvisibleDuration());
  }

  private static Optional<String> attemptId(ReceiveMessageRequest request) {
    return request.hasAttemptId() && !request.getAttemptId().isEmpty()
        ? Optional.of(request.getAttemptId())
        : Optional.empty();
  }
}
