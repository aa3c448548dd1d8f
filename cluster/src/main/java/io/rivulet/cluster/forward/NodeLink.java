package io.rivulet.cluster.forward;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamRead;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: the channel is. The way to another node. Its shards look like engines here;
 * only what answers with a future can be asked of them.
 *
 * <p>A future fails with {@link NotOwnerException} if the node does not serve the shard, or could
 * not be reached at all: nothing was done. If the connection was lost on the way, or the time is
 * over, the outcome is a refusal with UNAVAILABLE: then it is not known whether it was done.
 */
public final class NodeLink implements AutoCloseable {
  /** For an answer that does not wait for anything but the log. */
  private static final Duration ANSWER_TIME = Duration.ofSeconds(10);

  private final String node;
  private final ManagedChannel channel;
  private final LinkBudget budget;
  private final Map<Integer, Engine> shards = new ConcurrentHashMap<>();
  private final NodeCalls calls;
  private final NodeReports reports;
  private final CallCounters counters;

  /**
   * Owns the channel from now on.
   *
   * @param budget for the bodies of requests to all nodes
   * @param counters of calls from here
   */
  public NodeLink(String node, ManagedChannel channel, LinkBudget budget, CallCounters counters) {
    this.node = node;
    this.channel = channel;
    this.budget = budget;
    this.counters = counters;
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
                  default -> ask(table.of(method), shard, arguments);
                }));
  }

  private CompletableFuture<@Nullable Object> ask(
      CallTable.Call call, int shard, @Nullable Object @Nullable [] arguments) {
    long bytes = Bodies.in(arguments);
    CompletableFuture<Void> room = budget.enter(bytes);
    if (room.isDone()) {
      return leavingRoom(send(call, shard, arguments), bytes);
    }
    CompletableFuture<@Nullable Object> reply = new CompletableFuture<>();
    var _ = room.orTimeout(ANSWER_TIME.toMillis(), TimeUnit.MILLISECONDS);
    var _ =
        room.whenComplete((_, late) -> {
          if (late != null) {
            full(call, arguments, reply);
          } else {
            follow(leavingRoom(send(call, shard, arguments), bytes), reply);
          }
        });
    var _ =
        reply.whenComplete((_, _) -> {
          if (reply.isCancelled()) {
            room.cancel(false);
          }
        });
    return reply;
  }

  private CompletableFuture<@Nullable Object> leavingRoom(
      CompletableFuture<@Nullable Object> sent, long bytes) {
    var _ = sent.whenComplete((_, _) -> budget.leave(bytes));
    return sent;
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

  /** There was no room for so long. */
  private void full(
      CallTable.Call call,
      @Nullable Object @Nullable [] arguments,
      CompletableFuture<@Nullable Object> reply) {
    String why =
        "what is on its way to other nodes had no room for it for %d s (cluster.link-bytes); nothing was done: try again"
            .formatted(ANSWER_TIME.toSeconds());
    Object refused = refused(call.method, arguments, Outcome.refused(RefusalCode.UNAVAILABLE, why));
    if (refused == null) {
      reply.completeExceptionally(new IOException(node + ": " + why));
    } else {
      reply.complete(refused);
    }
  }

  private CompletableFuture<@Nullable Object> send(
      CallTable.Call call, int shard, @Nullable Object @Nullable [] arguments) {
    byte[] request;
    try {
      ByteWriter out = new ByteWriter(512);
      out.putLong(NodeProtocol.fingerprint(shard)).putInt(shard).putInt(call.number);
      call.writeArguments(out, arguments);
      request = out.toBytes();
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    Duration wait = waitOf(arguments);
    Duration patience = ANSWER_TIME.plus(wait);
    ClientCall<byte[], byte[]> sent =
        channel.newCall(
            NodeProtocol.ASK,
            CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS));
    CompletableFuture<@Nullable Object> reply = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        sent, request, new Answer(call, shard, arguments, reply, counters.begin(wait)));
    var _ =
        reply.whenComplete((_, _) -> {
          if (reply.isCancelled()) {
            sent.cancel("nobody waits for it any more", null);
          }
        });
    return reply;
  }

  /** How long the other side may wait before it answers. */
  static Duration waitOf(@Nullable Object @Nullable [] arguments) {
    if (arguments == null) {
      return Duration.ZERO;
    }
    for (Object argument : arguments) {
      switch (argument) {
        case PollRequest poll -> {
          return poll.maxWait();
        }
        case ReadRequest read -> {
          return read.maxWait();
        }
        case StreamRead read -> {
          return read.maxWait();
        }
        case Duration wait -> {
          return wait;
        }
        case null, default -> {}
      }
    }
    return Duration.ZERO;
  }

  /** Owned by one call. */
  private final class Answer implements StreamObserver<byte[]> {
    private final CallTable.Call call;
    private final int shard;
    private final @Nullable Object @Nullable [] arguments;
    private final CompletableFuture<@Nullable Object> reply;
    private final CallCounters.Call counted;

    Answer(
        CallTable.Call call,
        int shard,
        @Nullable Object @Nullable [] arguments,
        CompletableFuture<@Nullable Object> reply,
        CallCounters.Call counted) {
      this.counted = counted;
      this.call = call;
      this.shard = shard;
      this.arguments = arguments;
      this.reply = reply;
    }

    @Override
    public void onNext(byte[] value) {
      try {
        reply.complete(call.readResult(new ByteReader(value)));
      } catch (IOException | RuntimeException e) {
        reply.completeExceptionally(e);
      }
    }

    @Override
    public void onError(Throwable failure) {
      Status status = Status.fromThrowable(failure);
      boolean wasNeverSent =
          status.getCode() == Status.Code.FAILED_PRECONDITION
              || (status.getCode() == Status.Code.UNAVAILABLE
                  && status.getCause() instanceof ConnectException);
      counted.ended(
          wasNeverSent
              ? CallCounters.End.MOVED
              : reply.isCancelled() ? CallCounters.End.CANCELLED : CallCounters.End.FAILED);
      if (wasNeverSent) {
        reply.completeExceptionally(new NotOwnerException(node + ": " + status.getDescription()));
        return;
      }
      Object refused = refused(call.method, arguments, unanswered(status));
      if (refused == null) {
        reply.completeExceptionally(failure);
      } else {
        reply.complete(refused);
      }
    }

    private Outcome<Object> unanswered(Status status) {
      return Outcome.refused(
          RefusalCode.UNAVAILABLE,
          "%s did not answer for %s (%s): it is not known whether the request was carried out; try again"
              .formatted(node, shard < 0 ? "its shards" : "shard " + shard, status.getCode()));
    }

    @Override
    public void onCompleted() {
      counted.ended(CallCounters.End.ANSWERED);
      if (!reply.isDone()) {
        reply.completeExceptionally(new IOException(node + " answered with nothing"));
      }
    }
  }

  /** A refusal in the form in which a method answers; null: it has none. */
  private static @Nullable Object refused(
      Method method, @Nullable Object @Nullable [] values, Outcome<Object> outcome) {
    if (method.getGenericReturnType() instanceof ParameterizedType future
        && future.getActualTypeArguments()[0] instanceof ParameterizedType type) {
      if (type.getRawType() == Outcome.class) {
        return outcome;
      }
      if (type.getRawType() == List.class && values != null) {
        for (Object each : values) {
          if (each instanceof Collection<?> several) {
            return Collections.nCopies(several.size(), outcome);
          }
        }
      }
    }
    return null;
  }

  /** Calls that are under way end. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
