package io.rivulet.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.network.HostPort;
import io.rivulet.server.security.ServerCertificate;
import io.rivulet.server.security.TlsConfig;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A port with one method, which answers what it was sent, or fails when that is empty. */
class GrpcFrontDoorTest {
  private static final long BUDGET_BYTES = 1 << 20;
  private static final MethodDescriptor<BytesValue, BytesValue> ECHO = method("test.Echo/Echo");
  private static final MethodDescriptor<BytesValue, BytesValue> PATIENT =
      method("test.Echo/Patient");

  @TempDir private Path folder;
  private GrpcFrontDoor door;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void listen() throws Exception {
    GrpcConfig config =
        new GrpcConfig(
            new HostPort("127.0.0.1", 0), 1, BUDGET_BYTES, 1 << 20, Duration.ofSeconds(60), 100);
    TlsConfig selfSigned = new TlsConfig(Optional.empty(), Optional.empty());
    BytesValue later = BytesValue.of(ByteString.copyFromUtf8("later"));
    door =
        new GrpcFrontDoor(
            config,
            ServerCertificate.open(selfSigned, folder, Clock.system()).tls(),
            (int) (4 * BUDGET_BYTES),
            List.of(echo().bindService()),
            Map.of(PATIENT.getFullMethodName(), later));
    server = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    channel = builder().usePlaintext().build();
  }

  @AfterEach
  void close() throws Exception {
    channel.shutdownNow();
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    door.close();
  }

  @Test
  void plaintextAndTlsAreServedOnOnePort() throws Exception {
    ManagedChannel tls =
        builder()
            .sslContext(
                GrpcSslContexts.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .build())
            .build();

    assertThat(call(channel, ECHO, "plain")).isEqualTo("plain");
    assertThat(call(tls, ECHO, "secret")).isEqualTo("secret");

    tls.shutdownNow();
  }

  @Test
  void aConnectionThatSpeaksNoHttp2HarmsNobody() throws Exception {
    try (Socket stranger = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      OutputStream out = stranger.getOutputStream();
      out.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = stranger.getInputStream();
      in.readAllBytes();
    }

    assertThat(call(channel, ECHO, "still here")).isEqualTo("still here");
  }

  @Test
  void aFaultOfAHandlerIsAnAnswer() {
    assertThatThrownBy(() -> call(channel, ECHO, "")).hasMessageContaining("INTERNAL");
    assertThat(call(channel, ECHO, "next")).isEqualTo("next");
  }

  @Test
  void aRequestBeyondTheBudgetIsToldToComeAgain() {
    String large = "x".repeat(2 * (int) BUDGET_BYTES);

    assertThatThrownBy(() -> call(channel, ECHO, large))
        .hasMessageContaining("RESOURCE_EXHAUSTED")
        .hasMessageContaining("grpc.inflight-bytes");
    assertThat(door.budget().refusals()).isEqualTo(1);
  }

  @Test
  void aMethodWithAWordForItSaysComeAgainInItsOwnProtocol() {
    String large = "x".repeat(2 * (int) BUDGET_BYTES);

    assertThat(call(channel, PATIENT, large)).isEqualTo("later");
  }

  @Test
  void theBudgetIsGivenBackWhenACallEnds() {
    for (int i = 0; i < 10; i++) {
      call(channel, ECHO, "x".repeat((int) BUDGET_BYTES / 2));
    }

    assertThat(door.budget().refusals()).isZero();
  }

  @Test
  void healthSaysWhetherTheServerServes() {
    HealthCheckRequest all = HealthCheckRequest.getDefaultInstance();
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);

    ServingStatus before = health.check(all).getStatus();
    door.setServing(true);
    ServingStatus after = health.check(all).getStatus();

    assertThat(before).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(after).isEqualTo(ServingStatus.SERVING);
  }

  private NettyChannelBuilder builder() {
    return NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
        .maxInboundMessageSize((int) (8 * BUDGET_BYTES));
  }

  private static String call(
      ManagedChannel channel, MethodDescriptor<BytesValue, BytesValue> method, String text) {
    BytesValue request = BytesValue.of(ByteString.copyFromUtf8(text));
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
    return ClientCalls.blockingUnaryCall(channel, method, options, request)
        .getValue()
        .toStringUtf8();
  }

  private static BindableService echo() {
    ServerCalls.UnaryMethod<BytesValue, BytesValue> handler =
        (request, observer) -> {
          if (request.getValue().isEmpty()) {
            throw new IllegalStateException("a fault, made by the test");
          }
          observer.onNext(request);
          observer.onCompleted();
        };
    return () ->
        ServerServiceDefinition.builder("test.Echo")
            .addMethod(ECHO, ServerCalls.asyncUnaryCall(handler))
            .addMethod(PATIENT, ServerCalls.asyncUnaryCall(handler))
            .build();
  }

  private static MethodDescriptor<BytesValue, BytesValue> method(String name) {
    return MethodDescriptor.<BytesValue, BytesValue>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
        .build();
  }
}
