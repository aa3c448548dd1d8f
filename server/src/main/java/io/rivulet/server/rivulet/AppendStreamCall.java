package io.rivulet.server.rivulet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.AppendResponse;
import io.rivulet.api.v1.AppendStreamRequest;
import io.rivulet.api.v1.AppendStreamResponse;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.grpc.Incoming;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: a lock around the batches in hand.
 *
 * <p>Batches go to the engine in the order of their arrival; answers leave in that order too. Of
 * each stream {@link #MAX_BATCHES} batches are in hand at most: the next one is asked for when an
 * answer has left.
 */
final class AppendStreamCall implements StreamObserver<Incoming<AppendStreamRequest>> {
  static final int MAX_BATCHES = 64;

  private final ServerCallStreamObserver<AppendStreamResponse> call;
  private final Appender appender;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Deque<CompletableFuture<AppendStreamResponse>> inHand = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean isHalfClosed;

  @GuardedBy("lock")
  private int owedRequests;

  AppendStreamCall(ServerCallStreamObserver<AppendStreamResponse> call, Appender appender) {
    this.call = call;
    this.appender = appender;
  }

  /** To be called once, in the call's first method. */
  void open() {
    call.disableAutoRequest();
    // What is in the engine's hands is stored even if its sender has gone.
    call.setOnCancelHandler(() -> {});
    call.setOnReadyHandler(this::settle);
    call.request(MAX_BATCHES);
  }

  @Override
  public void onNext(Incoming<AppendStreamRequest> incoming) {
    if (!incoming.take()) {
      return; // the call has ended: there is nobody to answer
    }
    AppendStreamRequest request = incoming.message();
    CompletableFuture<AppendStreamResponse> answer =
        appender
            .append(request.getAppend(), incoming)
            .thenApply(outcome -> {
              AppendStreamResponse.Builder response =
                  AppendStreamResponse.newBuilder().setSequence(request.getSequence());
              return switch (outcome) {
                case Outcome.Ok<AppendResponse>(var stored) -> response.setResponse(stored).build();
                case Outcome.Refused<AppendResponse>(var refusal) ->
                    response.setRefusal(RefusalMapping.toWire(refusal)).build();
              };
            });
    lock.lock();
    try {
      inHand.add(answer);
    } finally {
      lock.unlock();
    }
    Answers.then(answer, call, done -> settle());
  }

  @Override
  public void onError(Throwable cancelled) {
    // Nobody waits for the answers any more; the engine's futures end by themselves.
  }

  @Override
  public void onCompleted() {
    lock.lock();
    try {
      isHalfClosed = true;
    } finally {
      lock.unlock();
    }
    settle();
  }

  /** Lets those answers leave whose turn it is. */
  private void settle() {
    lock.lock();
    try {
      while (!inHand.isEmpty() && inHand.element().isDone()) {
        call.onNext(inHand.remove().join());
        owedRequests++;
      }
      if (isHalfClosed && inHand.isEmpty()) {
        isHalfClosed = false;
        call.onCompleted();
      } else if (owedRequests > 0 && call.isReady()) {
        call.request(owedRequests);
        owedRequests = 0;
      }
    } finally {
      lock.unlock();
    }
  }
}
