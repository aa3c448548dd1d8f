package io.rivulet.server.rocketmq.receive;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: the one field that changes is volatile; the stream is written by one thread
 * only, the one that completes the engine's answer or the background thread that takes it over.
 */
public final class ReceiveReply {
  /** Body bytes whose digests are left to a background thread, so that other replies go on. */
  private static final long MAX_DIGESTED_BYTES = 256 << 10;

  private static final ReceiveMessageResponse OK =
      ReceiveMessageResponse.newBuilder().setStatus(Statuses.OK).build();

  /** Trap 1: 40401, never 40400, which every client takes for an error. */
  private static final ReceiveMessageResponse EMPTY =
      ReceiveMessageResponse.newBuilder()
          .setStatus(Statuses.of(Code.MESSAGE_NOT_FOUND, "no new message"))
          .build();

  /**
   * Immutable. Opens replies.
   *
   * @param storeHost what consumers are told of where messages are stored
   * @param background runs what takes long
   * @param waiting knows the replies that wait for the engine
   */
  public record Factory(
      Engine engine, Clock clock, String storeHost, Executor background, WaitingReplies waiting) {
    ReceiveReply open(
        ServerCallStreamObserver<ReceiveMessageResponse> call, Caller caller, String group) {
      return new ReceiveReply(this, call, caller, group);
    }
  }

  private final Factory factory;
  private final ServerCallStreamObserver<ReceiveMessageResponse> call;
  private final Caller caller;
  private final String group;
  private volatile @Nullable CompletableFuture<?> polling;

  private ReceiveReply(
      Factory factory,
      ServerCallStreamObserver<ReceiveMessageResponse> call,
      Caller caller,
      String group) {
    this.factory = factory;
    this.call = call;
    this.caller = caller;
    this.group = group;
    call.setOnCancelHandler(this::cancelPolling);
  }

  /** Ends the stream with the reason why there are no messages. */
  void refuse(Status status) {
    end(ReceiveMessageResponse.newBuilder().setStatus(status).build());
  }

  /** Answers with what the engine finds; when the client goes away first, the engine is told. */
  void answer(CompletableFuture<Outcome<List<DeliveredMessage>>> polled, ConnectedClient client) {
    polling = polled;
    boolean mayWait = polled.isDone() || factory.waiting.add(this);
    if (call.isCancelled() || !mayWait) {
      polled.cancel(false);
    }
    var _ =
        polled.whenComplete((outcome, failure) -> {
          factory.waiting.remove(this);
          if (failure == null) {
            answer(outcome, client);
          } else if (!(failure instanceof CancellationException)) {
            refuse(Statuses.internal(failure));
          } else if (!call.isCancelled()) {
            end(EMPTY);
          }
        });
  }

  private void answer(Outcome<List<DeliveredMessage>> outcome, ConnectedClient client) {
    switch (outcome) {
      case Outcome.Ok<List<DeliveredMessage>> ok -> deliver(ok.value());
      case Outcome.Refused<List<DeliveredMessage>> refused -> {
        if (refused.refusal().code() == RefusalCode.GROUP_NOT_FOUND) {
          client.leave();
        }
        refuse(Statuses.of(refused.refusal()));
      }
    }
  }

  private void deliver(List<DeliveredMessage> messages) {
    if (messages.isEmpty()) {
      end(EMPTY);
    } else if (bodyBytes(messages) <= MAX_DIGESTED_BYTES) {
      write(messages);
    } else {
      factory.background.execute(() -> write(messages));
    }
  }

  private void write(List<DeliveredMessage> messages) {
    if (call.isCancelled()) {
      release(messages);
      return;
    }
    MessageEncoder encoder = new MessageEncoder(caller, factory.storeHost);
    call.onNext(OK);
    for (DeliveredMessage message : messages) {
      call.onNext(ReceiveMessageResponse.newBuilder().setMessage(encoder.encode(message)).build());
    }
    complete();
  }

  private void end(ReceiveMessageResponse first) {
    call.onNext(first);
    complete();
  }

  /** Trap 1: clients hand messages on only when the stream has ended. */
  private void complete() {
    call.onNext(
        ReceiveMessageResponse.newBuilder()
            .setDeliveryTimestamp(ProtocolTimes.timestamp(factory.clock.wallMillis()))
            .build());
    call.onCompleted();
  }

  /** Ends the wait: with an empty answer, if there is still somebody to answer. */
  void cancelPolling() {
    CompletableFuture<?> current = polling;
    if (current != null) {
      current.cancel(false);
    }
  }

  /** The client left while its messages were on their way: that was no attempt. */
  private void release(List<DeliveredMessage> messages) {
    var _ =
        factory.engine.release(
            group, messages.stream().map(DeliveredMessage::receiptHandle).toList());
  }

  private static long bodyBytes(List<DeliveredMessage> messages) {
    long bytes = 0;
    for (DeliveredMessage message : messages) {
      bytes += message.message().message().body().size();
    }
    return bytes;
  }
}
