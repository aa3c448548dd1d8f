package io.rivulet.server.rocketmq.lease;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.AckMessageResultEntry;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueRequest;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueResponse;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.Status;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Replies;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Safe for all threads: stateless. What consumers do with messages that they hold a receipt handle
 * of.
 *
 * <p>The handle says everything (trap 5 and 11: Java 5.2.0 and Python name no lite topic here), the
 * engine keeps it valid while it renews the lease, and a repeated request gets the same answer
 * (trap 7: clients repeat after a time-out).
 */
public final class LeaseHandler {
  private final Engine engine;
  private final Duration maxInvisible;

  /**
   * Makes the handler.
   *
   * @param maxInvisible the longest time for which a message can be put back
   */
  public LeaseHandler(Engine engine, Duration maxInvisible) {
    this.engine = engine;
    this.maxInvisible = maxInvisible;
  }

  /** Acknowledges one or many messages, each with a result of its own. */
  public void acknowledge(AckMessageRequest request, StreamObserver<AckMessageResponse> observer) {
    Caller caller = Caller.current();
    String group = caller.qualified(request.getGroup());
    Optional<Status> problem = check(caller, group, request.getTopic());
    if (problem.isEmpty() && request.getEntriesCount() == 0) {
      problem = Optional.of(Statuses.of(Code.BAD_REQUEST, "the request has no entries"));
    }
    if (problem.isPresent()) {
      Replies.send(observer, refused(request, problem.get()));
      return;
    }
    Replies.sendWhenDone(
        engine.acknowledge(group, handles(request)),
        observer,
        outcomes -> acknowledged(request, outcomes),
        status -> refused(request, status));
  }

  /**
   * Puts a message back for some time, or gives its holder more of it.
   *
   * <p>Trap 11: Node sends a duration of 0 for "now". Most lite clients set suspend even to put a
   * single message back, Java 5.2.0 and Python never do; in a lite topic's strict order both hold
   * up what follows, and only a suspension is not counted as an attempt.
   */
  public void changeInvisible(
      ChangeInvisibleDurationRequest request,
      StreamObserver<ChangeInvisibleDurationResponse> observer) {
    Caller caller = Caller.current();
    String group = caller.qualified(request.getGroup());
    Duration invisible = ProtocolTimes.duration(request.getInvisibleDuration());
    Optional<Status> problem =
        check(caller, group, request.getTopic()).or(() -> checkInvisible(invisible));
    if (problem.isPresent()) {
      Replies.send(observer, unchanged(request, problem.get()));
      return;
    }
    Replies.sendWhenDone(
        engine.changeInvisible(group, request.getReceiptHandle(), invisible, request.getSuspend()),
        observer,
        outcome ->
            switch (outcome) {
              case Outcome.Ok<String> ok ->
                  ChangeInvisibleDurationResponse.newBuilder()
                      .setStatus(Statuses.OK)
                      .setReceiptHandle(ok.value())
                      .build();
              case Outcome.Refused<String> refused ->
                  unchanged(request, Statuses.ofLease(refused.refusal()));
            },
        status -> unchanged(request, status));
  }

  /** Gives a message up: it goes to the group's dead-letter topic. */
  public void deadLetter(
      ForwardMessageToDeadLetterQueueRequest request,
      StreamObserver<ForwardMessageToDeadLetterQueueResponse> observer) {
    Caller caller = Caller.current();
    String group = caller.qualified(request.getGroup());
    Optional<Status> problem = check(caller, group, request.getTopic());
    if (problem.isPresent()) {
      Replies.send(observer, given(problem.get()));
      return;
    }
    String reason =
        "given up by the consumer after attempt "
            + request.getDeliveryAttempt()
            + " of "
            + request.getMaxDeliveryAttempts();
    Replies.sendWhenDone(
        engine.deadLetter(group, request.getReceiptHandle(), reason),
        observer,
        outcome -> given(status(outcome)),
        LeaseHandler::given);
  }

  private static Optional<Status> check(Caller caller, String group, Resource topic) {
    if (caller.isAnonymous()) {
      return Optional.of(Statuses.CLIENT_ID_REQUIRED);
    }
    Optional<Status> problem = Names.checkGroup(group);
    return problem.isPresent() ? problem : Names.checkTopic(caller.qualified(topic));
  }

  private Optional<Status> checkInvisible(Duration invisible) {
    if (!invisible.isNegative() && invisible.compareTo(maxInvisible) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        Statuses.of(
            Code.ILLEGAL_INVISIBLE_TIME,
            "the invisible duration of "
                + invisible.toMillis()
                + " ms is not allowed, it is 0 to "
                + maxInvisible.toSeconds()
                + " seconds"));
  }

  private static List<String> handles(AckMessageRequest request) {
    if (request.getEntriesCount() == 1) {
      return List.of(request.getEntries(0).getReceiptHandle());
    }
    List<String> handles = new ArrayList<>(request.getEntriesCount());
    for (AckMessageEntry entry : request.getEntriesList()) {
      handles.add(entry.getReceiptHandle());
    }
    return handles;
  }

  private static AckMessageResponse acknowledged(
      AckMessageRequest request, List<Outcome<String>> outcomes) {
    AckMessageResponse.Builder response = AckMessageResponse.newBuilder();
    List<Status> statuses = new ArrayList<>(outcomes.size());
    for (int index = 0; index < outcomes.size(); index++) {
      Status status = status(outcomes.get(index));
      statuses.add(status);
      response.addEntries(entry(request.getEntries(index), status));
    }
    return response.setStatus(Statuses.common(statuses)).build();
  }

  private static AckMessageResponse refused(AckMessageRequest request, Status status) {
    AckMessageResponse.Builder response = AckMessageResponse.newBuilder().setStatus(status);
    for (AckMessageEntry entry : request.getEntriesList()) {
      response.addEntries(entry(entry, status));
    }
    return response.build();
  }

  private static AckMessageResultEntry entry(AckMessageEntry entry, Status status) {
    return AckMessageResultEntry.newBuilder()
        .setMessageId(entry.getMessageId())
        .setReceiptHandle(entry.getReceiptHandle())
        .setStatus(status)
        .build();
  }

  /** Trap 5: clients take over the handle of any answer, so a refusal gives the old one back. */
  private static ChangeInvisibleDurationResponse unchanged(
      ChangeInvisibleDurationRequest request, Status status) {
    return ChangeInvisibleDurationResponse.newBuilder()
        .setStatus(status)
        .setReceiptHandle(request.getReceiptHandle())
        .build();
  }

  private static ForwardMessageToDeadLetterQueueResponse given(Status status) {
    return ForwardMessageToDeadLetterQueueResponse.newBuilder().setStatus(status).build();
  }

  private static Status status(Outcome<String> outcome) {
    return outcome instanceof Outcome.Refused<String> refused
        ? Statuses.ofLease(refused.refusal())
        : Statuses.OK;
  }
}
