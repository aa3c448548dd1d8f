package io.rivulet.cluster.forward;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.delivery.LastAnswers;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: calls are in a concurrent map, and whoever takes one out ends it; gRPC
 * tells of what comes by one thread at a time. One stream that another node has opened, by the side
 * that answers.
 *
 * <p>Calls are made in the order in which they came to be whole. When the stream ends all of them
 * are cancelled, for nobody hears the answers.
 */
final class AnswerStream extends ServerCall.Listener<Frame> {
  private static final Logger logger = LoggerFactory.getLogger(AnswerStream.class);

  private static final int SMALL_ANSWER_BYTES = 256;

  /** A message whose body could not be read comes again after this, here or elsewhere. */
  private static final Duration UNREADABLE_AGAIN = Duration.ofMinutes(1);

  private final ServerCall<Frame, Frame> stream;
  private final NodeProtocol.Caller caller;
  private final NodeServer.Targets targets;
  private final LinkGround ground;
  private final Consumer<List<LastAnswers.Doubt>> lost;
  private final LastAnswers answers;
  private final Returns returns;
  private final HandedOut handedOut;
  private final Outbox outbox;
  private final Inbox inbox;
  private final Executor large;
  private final Map<Long, RunningCall> calls = new ConcurrentHashMap<>();
  private final AtomicBoolean wasToldOf = new AtomicBoolean();
  private volatile boolean isEnded;

  /**
   * Safe for all threads: its parts are. What is done about what may not have arrived.
   *
   * @param answers of this stream
   * @param lost hears whose they were
   * @param returns takes back what is known not to arrive
   */
  record Doubtful(LastAnswers answers, Consumer<List<LastAnswers.Doubt>> lost, Returns returns) {}

  private AnswerStream(
      ServerCall<Frame, Frame> stream,
      NodeProtocol.Caller caller,
      NodeServer.Targets targets,
      LinkGround ground,
      Doubtful doubtful) {
    this.stream = stream;
    this.caller = caller;
    this.targets = targets;
    this.ground = ground;
    answers = doubtful.answers;
    lost = doubtful.lost;
    returns = doubtful.returns;
    handedOut = new HandedOut(returns);
    outbox = new Outbox(new Line(), ground.counters());
    inbox = new Inbox(ground.received(), outbox, ground.background());
    large = MoreExecutors.newSequentialExecutor(ground.background());
  }

  static AnswerStream open(
      ServerCall<Frame, Frame> stream,
      NodeProtocol.Caller caller,
      NodeServer.Targets targets,
      LinkGround ground,
      Doubtful doubtful) {
    AnswerStream opened = new AnswerStream(stream, caller, targets, ground, doubtful);
    stream.setOnReadyThreshold(1);
    stream.sendHeaders(new Metadata());
    stream.request(1);
    return opened;
  }

  // ---- what comes

  @Override
  public void onMessage(Frame frame) {
    try {
      ByteBuffer parts = frame.whole();
      while (parts.hasRemaining()) {
        take(parts.get(), parts.getLong(), parts);
      }
    } catch (IOException | RuntimeException e) {
      logger.warn("what node {} says can't be understood: {}", caller.node(), e.toString());
      close(Status.INTERNAL.withDescription("the frame can't be understood: " + e));
      return;
    }
    stream.request(1);
  }

  private void take(int kind, long number, ByteBuffer parts) throws IOException {
    switch (kind) {
      case Parts.WHOLE, Parts.OFFER -> {
        int shard = parts.getInt();
        int method = parts.getInt();
        RunningCall call =
            new RunningCall(number, shard, method, Duration.ofMillis(parts.getInt()));
        if (kind == Parts.OFFER) {
          offered(call, parts.getInt());
        } else {
          ByteReader arguments = Parts.reader(parts);
          if (begins(call)) {
            make(call, arguments);
          }
        }
      }
      case Parts.PIECE -> {
        Inbox.Assembly whole = inbox.piece(number, Parts.bytes(parts));
        RunningCall call = calls.get(number);
        if (whole != null && call != null) {
          large.execute(() -> {
            if (!isOver(call)) {
              make(call, new ByteReader(whole.whole()));
            }
            outbox.add(Parts.sign(Parts.TAKEN, number));
          });
        }
      }
      case Parts.CANCEL -> {
        RunningCall call = calls.get(number);
        if (call != null) {
          end(call);
        }
        handedOut.unwanted(number);
      }
      case Parts.ROOM -> {
        RunningCall call = calls.get(number);
        Parcel answer = call == null ? null : call.answer();
        if (answer != null) {
          outbox.admit(answer);
        }
      }
      default -> throw new IOException("a part of the unknown kind " + kind);
    }
  }

  /** Whether it is to be made; if not its caller hears why. */
  private boolean begins(RunningCall call) throws IOException {
    Status why = refusal(call);
    if (why != null) {
      outbox.add(Parts.failure(call.number, why));
      return false;
    }
    if (calls.putIfAbsent(call.number, call) != null) {
      throw new IOException("call " + call.number + " comes again");
    }
    call.endsBy(ground.deadlines().in(call.patience, () -> isLate(call)));
    return true;
  }

  private @Nullable Status refusal(RunningCall call) {
    if (!caller.isUnderstood(call.shard)) {
      return Status.UNIMPLEMENTED.withDescription(
          "the nodes run versions that do not understand each other");
    }
    return targets.of(call.shard) == null ? notOwner(call) : null;
  }

  private static Status notOwner(RunningCall call) {
    return Status.FAILED_PRECONDITION.withDescription(
        "shard " + call.shard + " is not served here");
  }

  private void offered(RunningCall call, int size) throws IOException {
    if (size > ground.maxBytes()) {
      outbox.add(
          Parts.failure(
              call.number,
              Status.RESOURCE_EXHAUSTED.withDescription(
                  "a call of %d bytes, there may be %d".formatted(size, ground.maxBytes()))));
    } else if (begins(call)) {
      call.comesAs(inbox.offer(call.number, size));
      closeIfOver(call);
    }
  }

  /** To be called when it has got something more that must be given back. */
  private void closeIfOver(RunningCall call) {
    if (isOver(call)) {
      call.close();
    }
  }

  private boolean isOver(RunningCall call) {
    return !calls.containsKey(call.number);
  }

  /** Its caller waits no longer: an answer that has not gone yet is nobody's. */
  private void isLate(RunningCall call) {
    if (calls.remove(call.number, call)) {
      call.close();
      handedOut.unwanted(call.number);
    }
  }

  /** Nothing is answered to it any more. */
  private void end(RunningCall call) {
    if (calls.remove(call.number, call)) {
      call.close();
    }
  }

  private void make(RunningCall call, ByteReader in) {
    CallTable.Call method;
    CompletableFuture<?> reply;
    CallCounters.Call counted;
    @Nullable Object target;
    @Nullable PollRequest poll;
    @Nullable String renewed;
    try {
      method = NodeProtocol.table(call.shard).of(call.method);
      target = targets.of(call.shard);
      if (target == null) {
        fail(call, notOwner(call));
        return;
      }
      @Nullable Object[] arguments = method.readArguments(in);
      counted = ground.counters().begin(Question.waitOf(arguments));
      poll = poll(arguments);
      renewed = poll != null && poll.invisible().isEmpty() ? poll.clientId() : null;
      if (renewed != null) {
        answers.asked(renewed);
      }
      call.asksFor(poll);
      reply = method.invoke(target, arguments);
    } catch (IOException | RuntimeException e) {
      fail(call, Status.INTERNAL.withDescription("the call can't be understood: " + e));
      return;
    }
    call.made(reply);
    var _ =
        reply.whenComplete((value, failure) -> {
          Throwable cause =
              failure instanceof CompletionException wrapped && wrapped.getCause() != null
                  ? wrapped.getCause()
                  : failure;
          counted.ended(
              switch (cause) {
                case null -> CallCounters.End.ANSWERED;
                case NotOwnerException _ -> CallCounters.End.MOVED;
                case CancellationException _ -> CallCounters.End.CANCELLED;
                default -> CallCounters.End.FAILED;
              });
          if (renewed != null && Bodies.holdMessages(value)) {
            answers.answered(renewed);
          }
          if (value != null) {
            handedOut.answered(call.number, target, poll, value);
            if (isOver(call)) {
              handedOut.unwanted(call.number); // the cancellation came before
            }
          }
          answer(call, method, value, cause);
        });
    closeIfOver(call);
  }

  private static @Nullable PollRequest poll(@Nullable Object[] arguments) {
    for (Object each : arguments) {
      if (each instanceof PollRequest poll) {
        return poll;
      }
    }
    return null;
  }

  // ---- what goes

  private void answer(
      RunningCall call, CallTable.Call method, @Nullable Object value, @Nullable Throwable cause) {
    if (cause instanceof NotOwnerException) {
      fail(call, Status.FAILED_PRECONDITION.withDescription(cause.getMessage()));
    } else if (cause != null) {
      fail(call, Status.ABORTED.withDescription(cause.toString()));
    } else if (!isOver(call)) {
      long bytes = Bodies.in(value);
      if (bytes <= LinkBudget.SMALL_BYTES && Bodies.areLoaded(value)) {
        send(call, method, value, bytes);
        return;
      }
      CompletableFuture<Void> room = ground.sent().enter(bytes);
      call.answerHas(new Room(ground.sent(), room, bytes));
      closeIfOver(call);
      var _ = room.thenRunAsync(() -> send(call, method, value, bytes), ground.background());
    }
  }

  private void send(RunningCall call, CallTable.Call method, @Nullable Object value, long bytes) {
    if (isOver(call)) {
      return;
    }
    Parcel answer;
    try {
      ByteWriter out =
          Parts.answer(call.number, (int) Math.min(bytes + SMALL_ANSWER_BYTES, ground.maxBytes()));
      method.writeResult(out, value);
      answer = Parts.answering(call.number, out).whenGone(() -> end(call));
    } catch (IOException | RuntimeException e) {
      logger.warn(
          "the answer to {} can't be sent to node {}: {}",
          method.method.getName(),
          caller.node(),
          e.toString());
      sendReadable(call, method, value, e);
      return;
    }
    call.answeredBy(answer);
    closeIfOver(call);
    outbox.add(answer);
  }

  /** A message that can't be read keeps back no other, and no lease of it is renewed. */
  private void sendReadable(
      RunningCall call, CallTable.Call method, @Nullable Object value, Exception why) {
    PollRequest poll = call.poll();
    Bodies.Sorted sorted = poll == null ? null : Bodies.sorted(value);
    if (poll != null && sorted != null) {
      heldBack(poll, sorted);
      send(call, method, sorted.readable(), Bodies.in(sorted.readable()));
      return;
    }
    if (poll != null && poll.invisible().isEmpty() && Bodies.holdMessages(value)) {
      lost.accept(answers.doubt(poll.clientId()).stream().toList());
    }
    fail(call, Status.INTERNAL.withDescription(why.toString()));
  }

  /** The attempt of what nobody can read counts, so that it is dead-lettered in the end. */
  private void heldBack(PollRequest poll, Bodies.Sorted sorted) {
    boolean isRenewed = poll.invisible().isEmpty();
    if (isRenewed) {
      sorted
          .unreadable()
          .forEach(each ->
              returns.putOff(
                  poll.group(), poll.clientId(), each.receiptHandle(), UNREADABLE_AGAIN));
    }
    returns.giveBack(poll, sorted.behind());
  }

  private void fail(RunningCall call, Status why) {
    if (calls.remove(call.number, call)) {
      outbox.add(Parts.failure(call.number, why));
      call.close();
    }
  }

  // ---- how it goes

  @Override
  public void onReady() {
    outbox.write();
  }

  @Override
  public void onHalfClose() {
    close(Status.OK);
  }

  private void close(Status status) {
    outbox.close(() -> {
      try {
        stream.close(status, new Metadata());
      } catch (RuntimeException e) {
        logger.debug("the stream of node {} is closed already: {}", caller.node(), e.toString());
      }
    });
  }

  @Override
  public void onCancel() {
    ended();
  }

  @Override
  public void onComplete() {
    ended();
  }

  private void ended() {
    isEnded = true;
    List.copyOf(calls.values()).forEach(this::end);
    if (wasToldOf.compareAndSet(false, true)) {
      lost.accept(answers.doubts());
    }
  }

  /** Used by who holds the pen. */
  private final class Line implements Outbox.Line {
    @Override
    public boolean isReady() {
      return !isEnded && stream.isReady();
    }

    @Override
    public void write(Frame frame) {
      try {
        stream.sendMessage(frame);
      } catch (RuntimeException e) {
        close(Status.INTERNAL.withDescription("the stream takes nothing any more: " + e));
      }
    }
  }
}
