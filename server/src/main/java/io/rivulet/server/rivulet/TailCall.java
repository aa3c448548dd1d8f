package io.rivulet.server.rivulet;

import io.grpc.stub.ServerCallStreamObserver;
import io.rivulet.api.v1.TailResponse;
import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: the flag {@code isWorking} lets in one at a time.
 *
 * <p>Reads the queue page by page into one call. At any time there is at most one page in memory: a
 * page is read only while the transport can take it, so a slow reader pauses its own tail and
 * nothing else. At the end of the queue the engine waits; a wait without news ends in an empty
 * response, by which the reader sees that the connection is alive.
 */
final class TailCall {
  static final Duration QUIET_TIME = Duration.ofSeconds(15);

  private final Engine engine;
  private final WaitingCalls waiting;
  private final ServerCallStreamObserver<TailResponse> call;
  private final String topic;
  private final Optional<String> liteTopic;
  private final int maxMessages;
  private final AtomicBoolean isWorking = new AtomicBoolean();
  private volatile @Nullable CompletableFuture<Outcome<ReadReply>> reading;

  // Written by whoever holds isWorking, which also makes them visible.
  private ReadStart start;
  private boolean isPlaced;
  private boolean isOver;

  TailCall(
      Engine engine,
      WaitingCalls waiting,
      ServerCallStreamObserver<TailResponse> call,
      io.rivulet.api.v1.TailRequest request,
      ReadStart start,
      int maxMessages) {
    this.engine = engine;
    this.waiting = waiting;
    this.call = call;
    this.topic = request.getTopic();
    this.liteTopic = Optional.of(request.getLiteTopic()).filter(name -> !name.isEmpty());
    this.start = start;
    this.maxMessages = maxMessages;
  }

  /** To be called once, in the call's first method. */
  void open() {
    call.setOnCancelHandler(this::cancel);
    call.setOnReadyHandler(this::advance);
    advance();
  }

  /**
   * Reads on as far as the transport takes it. Every reason to stop has somebody who calls again:
   * the working thread when it is done, the transport when it is ready, the engine when it answers.
   */
  private void advance() {
    while (call.isReady() && !call.isCancelled() && isWorking.compareAndSet(false, true)) {
      if (isOver) {
        return;
      }
      CompletableFuture<Outcome<ReadReply>> page = waiting.watch(engine.read(nextRequest()));
      reading = page;
      if (call.isCancelled()) {
        page.cancel(false);
      }
      if (!page.isDone() || page.isCancelled()) {
        Answers.then(
            page,
            call,
            outcome -> {
              handOn(outcome);
              advance();
            });
        return;
      }
      handOn(page.join());
    }
  }

  private ReadRequest nextRequest() {
    // The first answer comes at once, so that a reader that loses its connection while it waits
    // knows the place to come back to.
    Duration wait = isPlaced ? QUIET_TIME : Duration.ZERO;
    return new ReadRequest(
        topic, liteTopic, start.option(), start.incarnation(), maxMessages, wait);
  }

  private void handOn(Outcome<ReadReply> outcome) {
    switch (outcome) {
      case Outcome.Ok<ReadReply>(ReadReply reply) -> {
        start = start.after(reply);
        isPlaced = true;
        call.onNext(response(reply));
      }
      case Outcome.Refused<ReadReply>(var refusal) -> {
        isOver = true;
        call.onError(RefusalMapping.toStatus(refusal));
      }
    }
    isWorking.set(false);
  }

  private TailResponse response(ReadReply reply) {
    TailResponse.Builder response =
        TailResponse.newBuilder().setToken(start.token()).setEndOffset(reply.endOffset());
    for (StoredMessage message : reply.messages()) {
      response.addMessages(MessageMapping.toWireWithToken(message));
    }
    return response.build();
  }

  private void cancel() {
    CompletableFuture<Outcome<ReadReply>> page = reading;
    if (page != null) {
      page.cancel(false);
    }
  }
}
