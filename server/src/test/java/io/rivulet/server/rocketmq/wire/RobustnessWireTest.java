package io.rivulet.server.rocketmq.wire;

import static io.rivulet.server.rocketmq.wire.WireClient.message;
import static io.rivulet.server.rocketmq.wire.WireClient.pushRequest;
import static io.rivulet.server.rocketmq.wire.WireClient.resource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.PullMessageRequest;
import apache.rocketmq.v2.SendMessageRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.rocketmq.wire.WireClient.Received;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Bad input of any kind leaves the connection and the server as they were. */
class RobustnessWireTest {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static Status call(WireClient client, String method, byte[] request) {
    MethodDescriptor<byte[], byte[]> descriptor =
        MethodDescriptor.newBuilder(BYTES, BYTES)
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method)
            .build();
    try {
      ClientCalls.blockingUnaryCall(
          client.channel(),
          descriptor,
          CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
          request);
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private static void stillWorks(WireClient client) {
    assertThat(client.send(message("alive", "1")).getStatus().getCode()).isEqualTo(Code.OK);
  }

  @Test
  void aMalformedRequestFailsAlone() {
    try (WireServer server = new WireServer()) {
      WireClient client = server.client("client");
      String method = MessagingServiceGrpc.getSendMessageMethod().getFullMethodName();

      Status status = call(client, method, new byte[] {(byte) 0xff, (byte) 0xff, 1, 2, 3});

      assertThat(status.getCode()).isNotIn(Status.Code.OK, Status.Code.UNAVAILABLE);
      stillWorks(client);
    }
  }

  /** Trap 22. */
  @Test
  void anUnknownRpcIsUnimplemented() {
    try (WireServer server = new WireServer()) {
      WireClient client = server.client("client");

      assertThat(call(client, "apache.rocketmq.v2.MessagingService/Newer", new byte[0]).getCode())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThat(call(client, "apache.rocketmq.v2.Admin/ChangeLogLevel", new byte[0]).getCode())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThatThrownBy(
              () -> client.stub().pullMessage(PullMessageRequest.getDefaultInstance()).hasNext())
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNIMPLEMENTED");
      stillWorks(client);
    }
  }

  /** Trap 22. */
  @Test
  void unknownFieldsAreIgnored() {
    try (WireServer server = new WireServer()) {
      WireClient client = server.client("client");
      UnknownFieldSet newer =
          UnknownFieldSet.newBuilder()
              .addField(
                  99,
                  UnknownFieldSet.Field.newBuilder()
                      .addLengthDelimited(ByteString.copyFromUtf8("new"))
                      .build())
              .build();

      assertThat(
              client
                  .stub()
                  .sendMessage(
                      SendMessageRequest.newBuilder()
                          .addMessages(message("newer", "1").toBuilder().setUnknownFields(newer))
                          .setUnknownFields(newer)
                          .build())
                  .getStatus()
                  .getCode())
          .isEqualTo(Code.OK);
    }
  }

  @Test
  void aRequestBeyondEveryLimitFailsAlone() {
    try (WireServer server = new WireServer()) {
      WireClient client = server.client("client");
      SendMessageRequest request =
          SendMessageRequest.newBuilder()
              .addMessages(
                  message("large", "1").toBuilder()
                      .setBody(
                          ByteString.copyFrom(new byte[WireServer.MAX_MESSAGE_BYTES + (17 << 20)])))
              .build();

      assertThatThrownBy(() -> client.stub().sendMessage(request))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("RESOURCE_EXHAUSTED");
      stillWorks(client);
    }
  }

  @Test
  void anEmptyRequestGetsAReason() {
    try (WireServer server = new WireServer()) {
      WireClient client = server.client("client");

      assertThat(client.receive("", "").status().getCode()).isEqualTo(Code.ILLEGAL_CONSUMER_GROUP);
      assertThat(client.acknowledge("", "").getStatus().getCode())
          .isEqualTo(Code.ILLEGAL_CONSUMER_GROUP);
      assertThat(client.changeInvisible("group", "", "", WireClient.seconds(1)).getStatus())
          .extracting("code")
          .isEqualTo(Code.ILLEGAL_TOPIC);
      assertThat(client.route("").getStatus().getCode()).isEqualTo(Code.ILLEGAL_TOPIC);
      assertThat(resource("")).isNotNull();
    }
  }

  @Test
  void aServerThatStopsAnswersWhatWaits() {
    try (WireServer server = new WireServer()) {
      WireClient client = server.client("client");
      WireTelemetry telemetry = client.telemetry();
      server.engine().defineTopic(TopicDefinition.of("quiet", TopicType.NORMAL)).join().value();
      telemetry.introduce(
          WireClient.consumerSettings(
              apache.rocketmq.v2.ClientType.PUSH_CONSUMER, "waiting", "quiet"));
      CompletableFuture<Received> waiting =
          CompletableFuture.supplyAsync(
              () -> client.receive(pushRequest("waiting", "quiet").build()));
      Awaitility.await().until(() -> server.engine().stats().waitingPolls() > 0);

      server.protocol().drain();

      assertThat(waiting.orTimeout(3, TimeUnit.SECONDS).join().status().getCode())
          .isEqualTo(Code.MESSAGE_NOT_FOUND);
      assertThat(telemetry.end().getCode()).isEqualTo(Status.Code.OK);
    }
  }
}
