package io.rivulet.bench.raw;

import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Owned by the call that it observes. Completes a future with all answers once the stream ends. */
final class AllAnswers<T> implements StreamObserver<T> {
  private final CompletableFuture<List<T>> answer;
  private final List<T> received = new ArrayList<>();

  AllAnswers(CompletableFuture<List<T>> answer) {
    this.answer = answer;
  }

  @Override
  public void onNext(T value) {
    received.add(value);
  }

  @Override
  public void onError(Throwable failure) {
    answer.completeExceptionally(failure);
  }

  @Override
  public void onCompleted() {
    answer.complete(received);
  }
}
