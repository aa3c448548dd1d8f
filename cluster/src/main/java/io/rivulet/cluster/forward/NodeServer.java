package io.rivulet.cluster.forward;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
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
  private final Executor encoders;

  /**
   * @param shards the engine of a shard that is served here, or null
   * @param encoders may wait for the disk, where large bodies are
   */
  public NodeServer(IntFunction<@Nullable Engine> shards, NodeCalls node, Executor encoders) {
    this.shards = shards;
    this.node = node;
    this.encoders = encoders;
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
    try {
      ByteReader in = new ByteReader(request);
      if (in.getLong() != NodeProtocol.FINGERPRINT) {
        throw Status.UNIMPLEMENTED
            .withDescription("the nodes run versions that do not understand each other")
            .asRuntimeException();
      }
      int shard = in.getInt();
      int number = in.getInt();
      call = (shard == NodeProtocol.NO_SHARD ? NodeProtocol.NODE : NodeProtocol.ENGINE).of(number);
      Object target = shard == NodeProtocol.NO_SHARD ? node : shards.apply(shard);
      if (target == null) {
        answer.onError(notOwner("shard " + shard + " is not served here"));
        return;
      }
      reply = call.invoke(target, in);
    } catch (IOException | RuntimeException e) {
      answer.onError(
          Status.fromThrowable(e).getCode() == Status.Code.UNKNOWN
              ? Status.INTERNAL
                  .withDescription("the call can't be understood: " + e)
                  .asRuntimeException()
              : e);
      return;
    }
    answer.setOnCancelHandler(() -> reply.cancel(false));
    var _ =
        reply.whenCompleteAsync((value, failure) -> finish(call, value, failure, answer), encoders);
  }

  private static RuntimeException notOwner(@Nullable String why) {
    return Status.FAILED_PRECONDITION.withDescription(why).asRuntimeException();
  }

  private static void finish(
      CallTable.Call call,
      @Nullable Object value,
      @Nullable Throwable failure,
      ServerCallStreamObserver<byte[]> answer) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
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
