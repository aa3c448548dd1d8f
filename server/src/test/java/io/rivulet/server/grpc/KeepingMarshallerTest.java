package io.rivulet.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.network.HostPort;
import io.rivulet.server.security.ServerCertificate;
import io.rivulet.server.security.TlsConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A port with one method, whose requests the test itself answers. */
class KeepingMarshallerTest {
  private static final int LARGE = 9 << 20;
  private static final MethodDescriptor<BytesValue, BytesValue> METHOD =
      MethodDescriptor.<BytesValue, BytesValue>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("test.Keeping/Take")
          .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .build();

  private record Call(Incoming<BytesValue> incoming, StreamObserver<BytesValue> observer) {}

  @TempDir private Path folder;
  private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
  private GrpcFrontDoor door;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void listen() throws Exception {
    ServerServiceDefinition usual =
        ServerServiceDefinition.builder("test.Keeping")
            .addMethod(METHOD, ServerCalls.asyncUnaryCall((request, observer) -> {}))
            .build();
    ServerServiceDefinition keeping =
        Rebound.with(
            usual,
            ServerMethodDefinition.create(
                KeepingMarshaller.keeping(METHOD, BytesValue.getDefaultInstance()),
                ServerCalls.asyncUnaryCall(
                    (incoming, observer) -> calls.add(new Call(incoming, observer)))));
    door =
        new GrpcFrontDoor(
            new GrpcConfig(
                new HostPort("127.0.0.1", 0), 1, 64 << 20, 1 << 20, Duration.ofSeconds(60), 100),
            ServerCertificate.open(
                    new TlsConfig(Optional.empty(), Optional.empty()), folder, Clock.system())
                .tls(),
            32 << 20,
            List.of(keeping),
            Map.of());
    server = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void close() throws Exception {
    channel.shutdownNow();
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    door.close();
  }

  private static ByteString bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private com.google.common.util.concurrent.ListenableFuture<BytesValue> send(
      ByteString bytes, long deadlineMillis) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(deadlineMillis, TimeUnit.MILLISECONDS);
    return ClientCalls.futureUnaryCall(channel.newCall(METHOD, options), BytesValue.of(bytes));
  }

  private static void answer(Call call, ByteString bytes) {
    call.observer.onNext(BytesValue.of(bytes));
    call.observer.onCompleted();
  }

  @Test
  void aLargeRequestStaysInTheBudgetUntilItIsClosed() throws Exception {
    ByteString sent = bytes(LARGE);
    var answer = send(sent, 20_000);
    Call call = calls.take();

    assertThat(call.incoming.isKept()).isTrue();
    assertThat(call.incoming.take()).isTrue();
    assertThat(call.incoming.message().getValue()).isEqualTo(sent);
    answer(call, ByteString.EMPTY);
    answer.get();
    assertThat(door.budget().bytesInUse()).isGreaterThanOrEqualTo(LARGE);
    assertThat(call.incoming.message().getValue()).isEqualTo(sent);

    call.incoming.close();
    call.incoming.close();

    Awaitility.await().untilAsserted(() -> assertThat(door.budget().bytesInUse()).isZero());
  }

  @Test
  void whatItsCallerHasGivenUpIsThereAsLongAsSomebodyUsesIt() throws Exception {
    ByteString sent = bytes(LARGE);
    var answer = send(sent, 20_000);
    Call call = calls.take();
    assertThat(call.incoming.take()).isTrue();

    answer.cancel(true);
    Awaitility.await().until(() -> door.counts().open() == 0);

    assertThat(call.incoming.message().getValue()).isEqualTo(sent);
    assertThat(door.budget().bytesInUse()).isGreaterThanOrEqualTo(LARGE);
    call.incoming.close();
    assertThat(door.budget().bytesInUse()).isZero();
  }

  @Test
  void whatNobodyTookGoesWithTheCall() throws Exception {
    var answer = send(bytes(LARGE), 20_000);
    Call call = calls.take();

    answer.cancel(true);

    Awaitility.await().untilAsserted(() -> assertThat(door.budget().bytesInUse()).isZero());
    assertThat(call.incoming.take()).isFalse();
  }

  @Test
  void aSmallRequestIsCopied() throws Exception {
    ByteString sent = bytes(1000);
    var answer = send(sent, 20_000);
    Call call = calls.take();

    assertThat(call.incoming.isKept()).isFalse();
    assertThat(call.incoming.message().getValue()).isEqualTo(sent);
    answer(call, sent);
    assertThat(answer.get().getValue()).isEqualTo(sent);
  }

  @Test
  void manyLargeRequestsInARowLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 20; i++) {
      var answer = send(bytes(LARGE + i), 20_000);
      Call call = calls.take();
      assertThat(call.incoming.take()).isTrue();
      assertThat(call.incoming.message().getValue().size()).isEqualTo(LARGE + i);
      call.incoming.close();
      answer(call, ByteString.EMPTY);
      answer.get();
    }

    assertThat(door.budget().refusals()).isZero();
    Awaitility.await().untilAsserted(() -> assertThat(door.budget().bytesInUse()).isZero());
  }

  @Test
  void bytesThatAreNoRequestAreRefused() throws Exception {
    byte[] garbage = new byte[LARGE];
    java.util.Arrays.fill(garbage, (byte) 0xff);
    MethodDescriptor<BytesValue, BytesValue> damaged =
        METHOD.toBuilder(new RawBytes(), METHOD.getResponseMarshaller()).build();

    assertThatThrownBy(() ->
            ClientCalls.blockingUnaryCall(
                channel,
                damaged,
                CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
                BytesValue.of(ByteString.copyFrom(garbage))))
        .isInstanceOf(StatusRuntimeException.class);
    Awaitility.await().untilAsserted(() -> assertThat(door.budget().bytesInUse()).isZero());
    assertThat(calls).isEmpty();
  }

  /** Sends the bytes in the value as they are. */
  private static final class RawBytes implements MethodDescriptor.Marshaller<BytesValue> {
    @Override
    public java.io.InputStream stream(BytesValue value) {
      return value.getValue().newInput();
    }

    @Override
    public BytesValue parse(java.io.InputStream stream) {
      throw new IllegalStateException("only requests are made like this");
    }
  }
}
