package io.rivulet.server.rocketmq.reply;

import apache.rocketmq.v2.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Safe for all threads: stateless. Writes unary answers. */
public final class Replies {
  private Replies() {}

  public static <R> void send(StreamObserver<R> observer, R reply) {
    observer.onNext(reply);
    observer.onCompleted();
  }

  /**
   * Answers once the engine has, on the thread that completes the future.
   *
   * @param answer makes the reply from the engine's outcome; must not block
   * @param failed makes the reply when a bug of ours shows
   */
  public static <T, R> void sendWhenDone(
      CompletableFuture<T> future,
      StreamObserver<R> observer,
      Function<? super T, ? extends R> answer,
      Function<Status, ? extends R> failed) {
    var _ =
        future
            .<R>thenApply(answer)
            .exceptionally(failure -> failed.apply(Statuses.internal(failure)))
            .thenAccept(reply -> send(observer, reply));
  }
}
