package io.rivulet.server.rivulet;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Immutable. Ends calls with what the engine says. */
final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private Answers() {}

  /** Ends the call when the engine answers; a call that is cancelled cancels the engine's work. */
  static <T, R> void answer(
      CompletableFuture<Outcome<T>> work, StreamObserver<R> call, Function<T, R> toWire) {
    cancelWith(call, work);
    then(work, call, outcome -> finish(outcome, call, toWire));
  }

  /** Goes on when the engine answers; a bug on the way ends the call instead of leaving it open. */
  static <T> void then(CompletableFuture<T> work, StreamObserver<?> call, Consumer<T> step) {
    var _ =
        work.handle((value, failure) -> {
          if (failure instanceof CancellationException) {
            return null;
          }
          if (failure != null) {
            end(call, failure);
            return null;
          }
          try {
            step.accept(value);
          } catch (RuntimeException bug) {
            end(call, bug);
          }
          return null;
        });
  }

  private static void end(StreamObserver<?> call, Throwable failure) {
    LOG.error("A rivulet.v1 call failed by our fault", failure);
    call.onError(
        Status.INTERNAL
            .withDescription("the server failed by its own fault; its log says more")
            .asRuntimeException());
  }

  static <T, R> void finish(Outcome<T> outcome, StreamObserver<R> call, Function<T, R> toWire) {
    switch (outcome) {
      case Outcome.Ok<T>(T value) -> {
        call.onNext(toWire.apply(value));
        call.onCompleted();
      }
      case Outcome.Refused<T>(Refusal refusal) -> call.onError(RefusalMapping.toStatus(refusal));
    }
  }

  static void refuse(StreamObserver<?> call, RefusalCode code, String message) {
    call.onError(RefusalMapping.toStatus(new Refusal(code, message)));
  }

  /** Also makes writes to a cancelled call harmless. */
  static void cancelWith(StreamObserver<?> call, CompletableFuture<?> work) {
    ((ServerCallStreamObserver<?>) call).setOnCancelHandler(() -> work.cancel(false));
  }
}
