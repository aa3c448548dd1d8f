package io.rivulet.server.http.stream;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.server.http.Problem;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owned by one event loop. One request for a stream. */
final class StreamCall {
  private static final Logger LOG = LoggerFactory.getLogger(StreamCall.class);
  private static final int BAD_REQUEST = 400;
  private static final int INTERNAL_ERROR = 500;

  final HttpServerRequest request;
  final HttpServerResponse response;
  final StreamAddress address;
  private final Context context;

  StreamCall(HttpServerRequest request, StreamAddress address) {
    this.request = request;
    this.address = address;
    response = request.response();
    context = Objects.requireNonNull(Vertx.currentContext(), "not on an event loop");
  }

  /** Who is asking, for quotas. */
  String client() {
    return "http:" + request.remoteAddress().host();
  }

  /** Whether nobody waits for the answer any more. */
  boolean isOver() {
    return response.ended() || response.closed();
  }

  /** Goes on with the engine's answer, on the event loop; whoever hangs up cancels its work. */
  <T> void then(CompletableFuture<Outcome<T>> work, Consumer<T> step) {
    response.exceptionHandler(_ -> work.cancel(false));
    response.closeHandler(_ -> work.cancel(false));
    var _ =
        work.whenComplete((outcome, failure) -> {
          if (!work.isCancelled()) {
            context.runOnContext(_ -> run(() -> finish(outcome, failure, step)));
          }
        });
  }

  private <T> void finish(Outcome<T> outcome, Throwable failure, Consumer<T> step) {
    if (isOver()) {
      return;
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
    switch (outcome) {
      case Outcome.Ok<T>(T value) -> step.accept(value);
      case Outcome.Refused<T>(Refusal refusal) -> refuse(Problem.of(refusal));
    }
  }

  /**
   * Does something for the call: what is wrong with the request is told, and so is a bug of ours.
   */
  void run(Runnable work) {
    try {
      work.run();
    } catch (IllegalArgumentException wrong) {
      refuse(BAD_REQUEST, "bad request", String.valueOf(wrong.getMessage()));
    } catch (RuntimeException bug) {
      LOG.error("A request for a stream failed by our fault", bug);
      refuse(
          INTERNAL_ERROR,
          "internal error",
          "the server failed by its own fault; its log says more");
    }
  }

  void refuse(int status, String title, String detail) {
    refuse(new Problem(status, title, detail));
  }

  private void refuse(Problem problem) {
    if (response.headWritten()) {
      response.end();
    } else {
      problem.send(response);
    }
  }

  /** What is said of the stream in every answer. */
  void describe(StreamView stream) {
    response
        .putHeader("content-type", stream.definition().contentType())
        .putHeader(StreamHeaders.NEXT_OFFSET, StreamOffset.text(stream.endOffset()));
    if (stream.isClosed()) {
      response.putHeader(StreamHeaders.CLOSED, "true");
    }
  }
}
