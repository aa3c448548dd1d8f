package io.rivulet.server.rest;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.http.HttpMetrics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/** Safe for all threads: an atomic count. The calls that wait in the engine, up to a bound. */
final class Waiting {
  private final int max;
  private final HttpMetrics metrics;
  private final AtomicInteger count = new AtomicInteger();

  Waiting(int max, HttpMetrics metrics) {
    this.max = max;
    this.metrics = metrics;
  }

  /** Takes a place; false: there is none. */
  boolean enter() {
    if (count.incrementAndGet() > max) {
      count.decrementAndGet();
      metrics.waitingRefused();
      return false;
    }
    metrics.waitingBegan();
    return true;
  }

  void leave() {
    count.decrementAndGet();
    metrics.waitingEnded();
  }

  int max() {
    return max;
  }

  /**
   * Work that its caller may leave: cancelling the answer cancels the work, and what the work
   * brings all the same is given back.
   *
   * @param prepare what is done with the outcome before it is the answer
   */
  static <T> CompletableFuture<Outcome<T>> mayLeave(
      CompletableFuture<Outcome<T>> work,
      Function<Outcome<T>, CompletableFuture<Outcome<T>>> prepare,
      Consumer<T> giveBack) {
    CompletableFuture<Outcome<T>> answer = new CompletableFuture<>();
    var _ =
        work.thenCompose(prepare)
            .whenComplete((outcome, failure) -> {
              if (failure != null) {
                answer.completeExceptionally(failure);
              } else if (!answer.complete(outcome) && outcome instanceof Outcome.Ok<T>(T value)) {
                giveBack.accept(value);
              }
            });
    var _ =
        answer.whenComplete((_, _) -> {
          if (answer.isCancelled()) {
            work.cancel(false);
          }
        });
    return answer;
  }
}
