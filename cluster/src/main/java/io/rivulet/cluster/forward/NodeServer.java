package io.rivulet.cluster.forward;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: no state of its own. Answers what other nodes ask of this one: calls of a
 * shard that it serves, and calls about all of them.
 */
public final class NodeServer {
  private static final Logger logger = LoggerFactory.getLogger(NodeServer.class);

  private final IntFunction<@Nullable Engine> shards;
  private final NodeCalls node;
  private final NodeReports reports;
  private final Executor encoders;
  private final CallCounters counters;
  private final LinkBudget budget;

  /**
   * @param shards the engine of a shard that is served here, or null
   * @param reports what this node says of itself
   * @param encoders may wait for the disk, where large bodies are
   * @param budget for the bodies of answers to all nodes
   * @param counters of calls to here
   */
  public NodeServer(
      IntFunction<@Nullable Engine> shards,
      NodeCalls node,
      NodeReports reports,
      Executor encoders,
      LinkBudget budget,
      CallCounters counters) {
    this.budget = budget;
    this.shards = shards;
    this.node = node;
    this.reports = reports;
    this.encoders = encoders;
    this.counters = counters;
  }

  /** For a gRPC server of the cluster's own port. */
  public ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(NodeProtocol.SERVICE)
        .addMethod(NodeProtocol.ASK, ServerCalls.asyncUnaryCall(this::ask))
        .build();
  }

  private void ask(byte[] request, StreamObserver<byte[]> answers) {
    ServerCallStreamObserver<byte[]> answer = (ServerCallStreamObserver<byte[]>) answers;
    CallTable.Call call;
    CompletableFuture<?> reply;
    CallCounters.Call counted;
    try {
      ByteReader in = new ByteReader(request);
      long fingerprint = in.getLong();
      int shard = in.getInt();
      if (fingerprint != NodeProtocol.fingerprint(shard)) {
        throw Status.UNIMPLEMENTED
            .withDescription("the nodes run versions that do not understand each other")
            .asRuntimeException();
      }
      call = NodeProtocol.table(shard).of(in.getInt());
      Object target = target(shard);
      if (target == null) {
        answer.onError(notOwner("shard " + shard + " is not served here"));
        return;
      }
      @Nullable Object[] arguments = call.readArguments(in);
      counted = counters.begin(NodeLink.waitOf(arguments));
      reply = call.invoke(target, arguments);
    } catch (IOException | RuntimeException e) {
      answer.onError(
          Status.fromThrowable(e).getCode() == Status.Code.UNKNOWN
              ? Status.INTERNAL
                  .withDescription("the call can't be understood: " + e)
                  .asRuntimeException()
              : e);
      return;
    }
    Room room = new Room();
    answer.setOnCancelHandler(() -> {
      reply.cancel(false);
      room.close();
    });
    answer.setOnCloseHandler(room::close);
    var _ =
        reply.whenComplete((value, failure) -> {
          Throwable cause =
              failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
          counted.ended(
              switch (cause) {
                case null -> CallCounters.End.ANSWERED;
                case NotOwnerException _ -> CallCounters.End.MOVED;
                case CancellationException _ -> CallCounters.End.CANCELLED;
                default -> CallCounters.End.FAILED;
              });
          var _ =
              room.open(Bodies.in(value))
                  .thenRunAsync(() -> finish(call, value, cause, answer), encoders);
        });
  }

  private @Nullable Object target(int shard) {
    return switch (shard) {
      case NodeProtocol.NO_SHARD -> node;
      case NodeProtocol.REPORT -> reports;
      default -> shards.apply(shard);
    };
  }

  /** Safe for all threads: atomic. The room of one answer, until the connection has taken it. */
  private final class Room {
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong held = new AtomicLong();
    private volatile @Nullable CompletableFuture<Void> wanted;

    CompletableFuture<Void> open(long bytes) {
      CompletableFuture<Void> room = budget.enter(bytes);
      wanted = room;
      CompletableFuture<Void> entered =
          room.thenRun(() -> {
            held.set(bytes);
            if (isOver.get()) {
              close();
            }
          });
      if (isOver.get()) {
        close();
      }
      return entered;
    }

    void close() {
      isOver.set(true);
      CompletableFuture<Void> room = wanted;
      if (room != null && !room.cancel(false)) {
        budget.leave(held.getAndSet(0));
      }
    }
  }

  private static RuntimeException notOwner(@Nullable String why) {
    return Status.FAILED_PRECONDITION.withDescription(why).asRuntimeException();
  }

  private static void finish(
      CallTable.Call call,
      @Nullable Object value,
      @Nullable Throwable cause,
      ServerCallStreamObserver<byte[]> answer) {
    try {
      if (cause instanceof NotOwnerException) {
        answer.onError(notOwner(cause.getMessage()));
      } else if (cause != null) {
        answer.onError(Status.ABORTED.withDescription(cause.toString()).asRuntimeException());
      } else if (!answer.isCancelled()) {
        ByteWriter out = new ByteWriter(512);
        call.writeResult(out, value);
        answer.onNext(out.toBytes());
        answer.onCompleted();
      }
    } catch (IOException | RuntimeException e) {
      logger.warn(
          "the answer to {} can't be sent to another node: {}",
          call.method.getName(),
          e.toString());
      answer.onError(Status.INTERNAL.withDescription(e.toString()).asRuntimeException());
    }
  }
}
