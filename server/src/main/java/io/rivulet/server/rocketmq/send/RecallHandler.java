package io.rivulet.server.rocketmq.send;

import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.RecallMessageResponse;
import apache.rocketmq.v2.Status;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Replies;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Optional;

/**
 * Safe for all threads: stateless. Cancels messages by the recall handles in their receipts. The
 * reference has them for delayed messages only, until their time; here each receipt has one, and
 * what waits in its queue is as good as what waits for its time. OK means that the message is not
 * delivered to anybody who has not had it.
 */
public final class RecallHandler {
  private final Engine engine;

  public RecallHandler(Engine engine) {
    this.engine = engine;
  }

  public void recall(RecallMessageRequest request, StreamObserver<RecallMessageResponse> observer) {
    String topic = Caller.current().qualified(request.getTopic());
    Optional<Status> problem = Names.checkTopic(topic);
    if (problem.isPresent()) {
      Replies.send(observer, refused(problem.get()));
      return;
    }
    var _ =
        engine
            .cancel(topic, request.getRecallHandle())
            .whenComplete((outcome, failure) ->
                Replies.send(
                    observer,
                    failure == null ? answer(outcome) : refused(Statuses.internal(failure))));
  }

  private static RecallMessageResponse answer(Outcome<Cancellation> outcome) {
    return switch (outcome) {
      case Outcome.Ok<Cancellation>(Cancellation cancelled) ->
          RecallMessageResponse.newBuilder()
              .setStatus(Statuses.OK)
              .setMessageId(cancelled.messageId())
              .build();
      case Outcome.Refused<Cancellation>(var refusal) -> refused(Statuses.of(refusal));
    };
  }

  private static RecallMessageResponse refused(Status status) {
    return RecallMessageResponse.newBuilder().setStatus(status).build();
  }
}
