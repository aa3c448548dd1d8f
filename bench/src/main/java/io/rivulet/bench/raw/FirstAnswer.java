package io.rivulet.bench.raw;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: completes a future with a stream's first answer. */
final class FirstAnswer<T> implements StreamObserver<T> {
  private final CompletableFuture<T> answer;

  FirstAnswer(CompletableFuture<T> answer) {
    this.answer = answer;
  }

  @Override
  public void onNext(T value) {
    answer.complete(value);
  }

  @Override
  public void onError(Throwable failure) {
    answer.completeExceptionally(failure);
  }

  @Override
  public void onCompleted() {
    answer.completeExceptionally(new IllegalStateException("the stream ended without an answer"));
  }
}
