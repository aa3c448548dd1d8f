package io.rivulet.server.rocketmq.receive;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.ChunkPool;
import io.rivulet.server.grpc.Connection;
import io.rivulet.server.grpc.OpenCall;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: fields that change are volatile or atomic; the stream is written by one
 * thread only, the one that completes the engine's answer or the background thread that takes it
 * over.
 */
public final class ReceiveReply {
  private static final Logger LOG = LoggerFactory.getLogger(ReceiveReply.class);

  /**
   * Replies with more body bytes are left to a background thread, which waits until there is room
   * in memory, so that other replies go on.
   */
  private static final long MAX_SMALL_BYTES = 256 << 10;

  /** What precedes a large body in the log is read with it, and is nearly always less. */
  private static final int MAX_USUAL_HEAD_BYTES = 64 << 10;

  /** A message whose body could not be read comes again after this, here or elsewhere. */
  static final Duration UNREADABLE_AGAIN = Duration.ofMinutes(1);

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
   * @param returns takes back what did not reach its client
   * @param storeHost what consumers are told of where messages are stored
   * @param background runs what takes long
   * @param waiting knows the replies that wait for the engine
   * @param budget bounds the large replies in memory
   */
  public record Factory(
      Returns returns,
      Clock clock,
      String storeHost,
      Executor background,
      WaitingReplies waiting,
      ReplyBudget budget) {
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

  /** The messages are leased for as long as the client lives. */
  private volatile boolean isRenewed;

  private final @Nullable Connection connection = Connection.current();

  /**
   * What the client has once the stream has ended; nobody has it if the call is cancelled first.
   */
  private final AtomicReference<List<DeliveredMessage>> leased = new AtomicReference<>(List.of());

  /** Of the budget; given back when the stream has ended, whichever way. */
  private final AtomicLong takenBytes = new AtomicLong();

  private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

  private final @Nullable OpenCall openCall = OpenCall.current();

  private ReceiveReply(
      Factory factory,
      ServerCallStreamObserver<ReceiveMessageResponse> call,
      Caller caller,
      String group) {
    this.factory = factory;
    this.call = call;
    this.caller = caller;
    this.group = group;
    if (connection != null) {
      connection.answers().asked(caller.clientId());
    }
    call.setOnCancelHandler(() -> {
      cancelPolling();
      ended();
      releaseAll();
    });
    call.setOnCloseHandler(this::ended);
  }

  /** Ends the stream with the reason why there are no messages. */
  void refuse(Status status) {
    end(ReceiveMessageResponse.newBuilder().setStatus(status).build());
  }

  /** Answers with what the engine finds; when the client goes away first, the engine is told. */
  void answer(
      PollRequest poll,
      CompletableFuture<Outcome<List<DeliveredMessage>>> polled,
      ConnectedClient client) {
    isRenewed = poll.invisible().isEmpty();
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
      return;
    }
    leased.set(messages);
    if (isRenewed && connection != null) {
      connection.answers().answered(caller.clientId());
    }
    if (bodyBytes(messages) <= MAX_SMALL_BYTES) {
      write(messages);
    } else {
      factory.background.execute(() -> writeLarge(messages));
    }
  }

  private void writeLarge(List<DeliveredMessage> messages) {
    long bytes = bodyBytes(messages);
    factory.budget.take(bytes);
    takenBytes.set(bytes);
    if (end.isDone()) {
      ended();
    }
    MessageEncoder encoder = new MessageEncoder(caller, factory.storeHost);
    if (!call.isCancelled()) {
      call.onNext(OK);
    }
    Set<Long> standing = new HashSet<>();
    for (DeliveredMessage message : messages) {
      if (call.isCancelled()) {
        releaseAll();
        return;
      }
      if (standing.contains(message.message().queueId())) {
        // It may have to wait for the one that can't be read.
        release(List.of(message));
      } else if (!loadAndWrite(message, encoder)) {
        standing.add(message.message().queueId());
      }
    }
    complete();
    awaitTheNetwork(bytes);
  }

  /**
   * The body is in borrowed memory until gRPC has copied it into the network's buffers, which it
   * does before onNext returns; the network's buffers may live on after that, whoever goes away.
   */
  private boolean loadAndWrite(DeliveredMessage message, MessageEncoder encoder) {
    try (ChunkPool.Loan loan = factory.budget.chunks().borrow(memoryBytes(message))) {
      Optional<DeliveredMessage> loaded = load(message, loan);
      loaded.ifPresent(each -> write(each, encoder));
      return loaded.isPresent();
    }
  }

  private static long memoryBytes(DeliveredMessage delivered) {
    Body body = delivered.message().message().body();
    return body.isLoaded() ? 0 : (long) body.size() + MAX_USUAL_HEAD_BYTES;
  }

  /** A consumer that reads nothing must not keep the memory of others. */
  private void awaitTheNetwork(long bytes) {
    Duration timeout = factory.budget.timeout();
    try {
      end.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.warn(
          "Client {} of group {} did not read a reply of {} KiB in {} s (grpc.reply-timeout): broken"
              + " off; its messages come again when their lease ends",
          caller.clientId(),
          group,
          bytes >> 10,
          timeout.toSeconds());
      factory.budget.countLate();
      if (openCall != null) {
        openCall.breakOff("the reply was not read within grpc.reply-timeout");
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("nobody interrupts this thread or fails the end", e);
    }
  }

  /** The network has taken everything, or the caller has gone. */
  private void ended() {
    end.complete(null);
    long bytes = takenBytes.getAndSet(0);
    if (bytes > 0) {
      factory.budget.giveBack(bytes);
    }
  }

  /** With its body; nothing if that can't be read. */
  private Optional<DeliveredMessage> load(DeliveredMessage delivered, Body.Space space) {
    try {
      return Optional.of(delivered.load(space));
    } catch (IOException e) {
      LOG.error(
          "Cannot read offset {} of queue {}, which group {} should get: {}",
          delivered.message().offset(),
          delivered.message().queueId(),
          group,
          e.getMessage());
      comesAgain(delivered);
      return Optional.empty();
    }
  }

  /**
   * A lease of a client that never got the message must not be renewed while that lives; any other
   * ends by itself. The attempt counts, so that what nobody can read is dead-lettered in the end.
   */
  private void comesAgain(DeliveredMessage unreadable) {
    if (isRenewed) {
      factory.returns.putOff(
          group, caller.clientId(), unreadable.receiptHandle(), UNREADABLE_AGAIN);
    }
  }

  private void write(List<DeliveredMessage> messages) {
    if (call.isCancelled()) {
      releaseAll();
      return;
    }
    MessageEncoder encoder = new MessageEncoder(caller, factory.storeHost);
    call.onNext(OK);
    messages.forEach(message -> write(message, encoder));
    complete();
  }

  private void write(DeliveredMessage message, MessageEncoder encoder) {
    call.onNext(ReceiveMessageResponse.newBuilder().setMessage(encoder.encode(message)).build());
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

  /**
   * The client left while its messages were on their way. Clients hand messages on only when the
   * stream has ended, so none of them was handed on.
   */
  private void releaseAll() {
    release(leased.getAndSet(List.of()));
  }

  /** It was no attempt. */
  private void release(List<DeliveredMessage> messages) {
    factory.returns.giveBack(
        group,
        caller.clientId(),
        isRenewed,
        messages.stream().map(DeliveredMessage::receiptHandle).toList());
  }

  private static long bodyBytes(List<DeliveredMessage> messages) {
    long bytes = 0;
    for (DeliveredMessage message : messages) {
      bytes += message.message().message().body().size();
    }
    return bytes;
  }
}
