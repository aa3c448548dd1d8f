package io.rivulet.cluster.forward;

import io.grpc.ManagedChannel;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: the stream is, and a lock is held while one is opened. The way to another
 * node. Its shards look like engines here; only what answers with a future can be asked of them.
 *
 * <p>All calls go by one stream, which the first one opens, and after it broke the next one again.
 * Calls of one caller arrive in the order in which they were made, except that small ones overtake
 * those that are large or wait for room; never one of the same lite topic or message group ({@link
 * Turns}).
 *
 * <p>A future fails with {@link NotOwnerException} if the node does not serve the shard, or could
 * not be reached at all: nothing was done. If the connection was lost on the way, or the time is
 * over, the outcome is a refusal with UNAVAILABLE: then it is not known whether it was done.
 */
public final class NodeLink implements AutoCloseable {
  private static final int SMALL_CALL_BYTES = 512;

  private static final String NO_ROOM =
      "what is on its way to other nodes had no room for it for %d s (cluster.link-bytes); nothing was done: try again"
          .formatted(Question.ANSWER_TIME.toSeconds());
  private static final String NO_TURN =
      "what was sent to the same lite topic before it had not arrived after %d s; nothing was done: try again"
          .formatted(Question.ANSWER_TIME.toSeconds());

  private final String node;
  private final NodeProtocol.Caller self;
  private final ManagedChannel channel;
  private final LinkGround ground;
  private final Map<Integer, Engine> shards = new ConcurrentHashMap<>();
  private final NodeCalls calls;
  private final NodeReports reports;
  private final Turns turns = new Turns();
  private final AtomicLong lastNumber = new AtomicLong();
  private final ReentrantLock opening = new ReentrantLock();
  private volatile @Nullable CallStream stream;

  /**
   * Owns the channel from now on.
   *
   * @param node its name
   * @param self the name of this node
   */
  public NodeLink(String node, String self, ManagedChannel channel, LinkGround ground) {
    this(node, NodeProtocol.Caller.named(self), channel, ground);
  }

  NodeLink(String node, NodeProtocol.Caller self, ManagedChannel channel, LinkGround ground) {
    this.node = node;
    this.self = self;
    this.channel = channel;
    this.ground = ground;
    calls = proxy(NodeCalls.class, NodeProtocol.NODE, NodeProtocol.NO_SHARD);
    reports = proxy(NodeReports.class, NodeProtocol.REPORTS, NodeProtocol.REPORT);
  }

  /** A shard that is served there. */
  public Engine shard(int number) {
    return shards.computeIfAbsent(number, each -> proxy(Engine.class, NodeProtocol.ENGINE, each));
  }

  /** All of the node. */
  public NodeCalls calls() {
    return calls;
  }

  /** What the node says of itself. */
  public NodeReports reports() {
    return reports;
  }

  private <T> T proxy(Class<T> type, CallTable table, int shard) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "toString" -> "shard " + shard + " at " + node;
                  case "hashCode" -> node.hashCode() + shard;
                  case "equals" ->
                      arguments != null && self.toString().equals(String.valueOf(arguments[0]));
                  default -> ask(new Question(node, table.of(method), shard, arguments));
                }));
  }

  private CompletableFuture<@Nullable Object> ask(Question question) {
    long bytes = Bodies.in(question.arguments());
    if (bytes <= LinkBudget.SMALL_BYTES && turns.isEmpty()) {
      return send(question, bytes, null); // it can't be overtaken, nor overtake anybody
    }
    long lanes = Lanes.of(question.arguments());
    return lanes == 0 ? askWithRoom(question, bytes, null) : askInTurn(question, bytes, lanes);
  }

  private CompletableFuture<@Nullable Object> askInTurn(Question question, long bytes, long lanes) {
    Turns.Turn turn = turns.enter(lanes);
    return when(
        turn.came,
        0,
        () -> askWithRoom(question, bytes, turn),
        () -> {
          turn.leave();
          return refused(question, NO_TURN);
        });
  }

  private CompletableFuture<@Nullable Object> askWithRoom(
      Question question, long bytes, Turns.@Nullable Turn turn) {
    return when(
        ground.sent().enter(bytes),
        bytes,
        () -> {
          CompletableFuture<@Nullable Object> sent = send(question, bytes, turn);
          if (bytes > LinkBudget.SMALL_BYTES) {
            var _ = sent.whenComplete((_, _) -> ground.sent().leave(bytes));
          }
          return sent;
        },
        () -> {
          leave(turn);
          return refused(question, NO_ROOM);
        });
  }

  private static void leave(Turns.@Nullable Turn turn) {
    if (turn != null) {
      turn.leave();
    }
  }

  /**
   * The one when the gate opens, the other if it does not for too long, or nobody waits any more.
   *
   * @param bytes what is large takes its time, and is not written by who asks or opens the gate
   */
  private CompletableFuture<@Nullable Object> when(
      CompletableFuture<Void> gate,
      long bytes,
      Supplier<CompletableFuture<@Nullable Object>> open,
      Supplier<CompletableFuture<@Nullable Object>> shut) {
    boolean isLarge = bytes > Parts.PIECE_BYTES;
    if (!isLarge && gate.isDone() && !gate.isCompletedExceptionally()) {
      return open.get();
    }
    CompletableFuture<@Nullable Object> reply = new CompletableFuture<>();
    Deadlines.Deadline late = ground.deadlines().in(Question.ANSWER_TIME, () -> gate.cancel(false));
    var _ =
        gate.whenCompleteAsync(
            (_, closed) -> {
              late.forget();
              follow(closed == null ? open.get() : shut.get(), reply);
            },
            isLarge ? ground.background() : Runnable::run);
    var _ =
        reply.whenComplete((_, _) -> {
          if (reply.isCancelled()) {
            gate.cancel(false);
          }
        });
    return reply;
  }

  private static void follow(
      CompletableFuture<@Nullable Object> sent, CompletableFuture<@Nullable Object> reply) {
    var _ =
        sent.whenComplete((value, failure) -> {
          if (failure == null) {
            reply.complete(value);
          } else {
            reply.completeExceptionally(failure);
          }
        });
    var _ =
        reply.whenComplete((_, _) -> {
          if (reply.isCancelled()) {
            sent.cancel(false);
          }
        });
  }

  /** Nothing was sent. */
  private CompletableFuture<@Nullable Object> refused(Question question, String why) {
    Object refused = question.refused(Outcome.refused(RefusalCode.UNAVAILABLE, why));
    return refused == null
        ? CompletableFuture.failedFuture(new IOException(node + ": " + why))
        : CompletableFuture.completedFuture(refused);
  }

  private CompletableFuture<@Nullable Object> send(
      Question question, long bytes, Turns.@Nullable Turn turn) {
    long number = lastNumber.incrementAndGet();
    Parcel parcel;
    try {
      ByteWriter out =
          Parts.call(
              number,
              question.shard(),
              question.call().number,
              question.patience().toMillis(),
              (int) Math.min(bytes + SMALL_CALL_BYTES, ground.maxBytes()));
      question.call().writeArguments(out, question.arguments());
      parcel = Parts.calling(number, out);
    } catch (IOException | RuntimeException e) {
      leave(turn);
      return CompletableFuture.failedFuture(e);
    }
    if (turn == null && parcel.isLarge()) {
      // Not by its bodies: what follows could overtake it all the same.
      long lanes = Lanes.of(question.arguments());
      if (lanes != 0) {
        return askInTurn(question, bytes, lanes);
      }
    }
    PendingCall call =
        new PendingCall(
            question, parcel, ground.counters().begin(question.allowedWait()), () -> leave(turn));
    CallStream open = stream;
    if (open == null || !open.begin(call)) {
      CallStream fresh = fresh();
      if (!fresh.begin(call)) {
        call.failed(fresh.end());
      }
    }
    if (!parcel.isLarge()) {
      leave(turn);
    }
    return call;
  }

  private CallStream fresh() {
    opening.lock();
    try {
      CallStream open = stream;
      if (open == null || open.isEnded()) {
        open = CallStream.open(channel, self, ground);
        stream = open;
      }
      return open;
    } finally {
      opening.unlock();
    }
  }

  /** Whether no call has a turn. */
  boolean isQuiet() {
    return turns.isEmpty();
  }

  /** Calls that are under way end. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
