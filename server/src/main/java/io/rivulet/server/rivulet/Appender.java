package io.rivulet.server.rivulet;

import io.rivulet.api.v1.AppendRequest;
import io.rivulet.api.v1.AppendResponse;
import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.Incoming;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: immutable. Turns a batch on the wire into one of the engine. */
final class Appender {
  static final int MAX_MESSAGES = 10_000;

  private final Engine engine;
  private final Clock clock;

  Appender(Engine engine, Clock clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /**
   * Appends the batch.
   *
   * @param incoming what the batch came in; taken by the caller, closed when the engine is done
   */
  CompletableFuture<Outcome<AppendResponse>> append(AppendRequest request, Incoming<?> incoming) {
    CompletableFuture<Outcome<AppendResponse>> answer;
    try {
      answer = append(request, incoming.isKept());
    } catch (RuntimeException e) {
      incoming.close();
      throw e;
    }
    return answer.whenComplete((_, _) -> incoming.close());
  }

  private CompletableFuture<Outcome<AppendResponse>> append(AppendRequest request, boolean isKept) {
    if (request.getMessagesCount() < 1 || request.getMessagesCount() > MAX_MESSAGES) {
      return CompletableFuture.completedFuture(
          Outcome.refused(
              RefusalCode.ILLEGAL_ARGUMENT,
              "a batch has 1 to %,d messages, not %,d"
                  .formatted(MAX_MESSAGES, request.getMessagesCount())));
    }
    long nowMillis = clock.wallMillis();
    List<Message> messages = new ArrayList<>(request.getMessagesCount());
    for (io.rivulet.api.v1.Message message : request.getMessagesList()) {
      messages.add(MessageMapping.toEngine(request.getTopic(), message, nowMillis, isKept));
    }
    return engine.send(Peer.current(), messages).thenApply(Appender::response);
  }

  /**
   * One answer for a batch that was refused as a whole for a moment, so that it is sent again. But
   * whoever is told when to come again decides for himself: a full topic is not a busy server.
   */
  private static Outcome<AppendResponse> response(List<Outcome<SendReceipt>> outcomes) {
    boolean isTransient =
        outcomes.stream()
            .allMatch(outcome ->
                outcome instanceof Outcome.Refused<SendReceipt>(var refusal)
                    && RefusalMapping.isTransient(refusal.code())
                    && refusal.retryAfter().isEmpty());
    if (isTransient && outcomes.getFirst() instanceof Outcome.Refused<SendReceipt>(var refusal)) {
      return Outcome.refused(refusal);
    }
    return Outcome.ok(MessageMapping.toWire(outcomes));
  }
}
