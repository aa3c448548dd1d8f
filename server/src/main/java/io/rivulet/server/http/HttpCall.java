package io.rivulet.server.http;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.server.token.Action;
import io.rivulet.server.token.Scope;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owned by one event loop. One request, and its way to the engine and back. */
public class HttpCall {
  private static final Logger LOG = LoggerFactory.getLogger(HttpCall.class);
  private static final int BAD_REQUEST = 400;
  private static final int INTERNAL_ERROR = 500;

  /** HTTP/2: the stream is no longer needed. */
  private static final long CANCEL = 0x8;

  public final HttpServerRequest request;
  public final HttpServerResponse response;
  private final Caller caller;
  private final Context context;
  private final List<Runnable> afterwards = new ArrayList<>(1);
  private @Nullable CompletableFuture<?> work;
  private boolean hasEnded;

  public HttpCall(HttpServerRequest request, Caller caller) {
    this.request = request;
    this.caller = caller;
    response = request.response();
    response.exceptionHandler(_ -> cancelWork());
    // Of these two one is called, whether the answer was sent or its caller has gone.
    response.endHandler(_ -> ended());
    response.closeHandler(_ -> ended());
    context = Objects.requireNonNull(Vertx.currentContext(), "not on an event loop");
  }

  /** Who is asking, for quotas. */
  public final String client() {
    return "http:" + caller.name().orElseGet(() -> request.remoteAddress().host());
  }

  /** Whether the caller may make such a token for somebody else; if not, that is told. */
  public final boolean mayGrantOrRefuse(List<Scope> scopes, long endMillis) {
    Optional<Problem> refusal = caller.grantRefusal(scopes, endMillis);
    refusal.ifPresent(this::refuse);
    return refusal.isEmpty();
  }

  /**
   * Whether the caller may do this; if not, that is told and the call is over.
   *
   * @param resource as in {@link Caller#refusal}
   */
  public final boolean mayOrRefuse(Action action, String resource) {
    Optional<Problem> refusal = caller.refusal(action, resource);
    refusal.ifPresent(this::refuse);
    return refusal.isEmpty();
  }

  /** Whether nobody waits for the answer any more. */
  public final boolean isOver() {
    return response.ended() || response.closed();
  }

  /** What is to be done once when the answer is sent, or nobody waits for it any more. */
  public final void whenOver(Runnable step) {
    if (hasEnded) {
      step.run();
    } else {
      afterwards.add(step);
    }
  }

  /** Breaks the answer off: whoever gets it does not read. */
  public final void abort() {
    response.reset(CANCEL);
    ended(); // nobody is told of a reset of our own
  }

  private void ended() {
    if (!hasEnded) {
      hasEnded = true;
      afterwards.forEach(Runnable::run);
      cancelWork();
    }
  }

  private void cancelWork() {
    CompletableFuture<?> underWay = work;
    if (underWay != null) {
      underWay.cancel(false);
    }
  }

  /** Goes on with the engine's answer, on the event loop; whoever hangs up cancels its work. */
  public final <T> void then(CompletableFuture<Outcome<T>> work, Consumer<T> step) {
    then(work, step, _ -> {});
  }

  /**
   * The same with something that must not get lost.
   *
   * @param giveBack has it when nobody waits for it any more
   */
  public final <T> void then(
      CompletableFuture<Outcome<T>> work, Consumer<T> step, Consumer<T> giveBack) {
    this.work = work;
    if (isOver()) {
      work.cancel(false);
    }
    var _ =
        work.whenComplete((outcome, failure) -> {
          if (!work.isCancelled()) {
            context.runOnContext(_ -> run(() -> finish(outcome, failure, step, giveBack)));
          }
        });
  }

  private <T> void finish(
      Outcome<T> outcome, Throwable failure, Consumer<T> step, Consumer<T> giveBack) {
    if (isOver()) {
      if (outcome instanceof Outcome.Ok<T>(T value)) {
        giveBack.accept(value);
      }
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
  public final void run(Runnable work) {
    try {
      work.run();
    } catch (IllegalArgumentException wrong) {
      refuse(BAD_REQUEST, "bad request", String.valueOf(wrong.getMessage()));
    } catch (RuntimeException bug) {
      LOG.error("A request failed by our fault", bug);
      refuse(
          INTERNAL_ERROR,
          "internal error",
          "the server failed by its own fault; its log says more");
    }
  }

  public final void refuse(int status, String title, String detail) {
    refuse(new Problem(status, title, detail));
  }

  /** Ends the response with a problem, or just ends it if it has begun. */
  public void refuse(Problem problem) {
    if (response.headWritten()) {
      response.end();
    } else {
      problem.send(response);
    }
  }
}
