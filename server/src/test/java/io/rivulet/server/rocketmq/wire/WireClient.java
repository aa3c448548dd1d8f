package io.rivulet.server.rocketmq.wire;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.Address;
import apache.rocketmq.v2.AddressScheme;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Endpoints;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.LiteSubscriptionAction;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.Subscription;
import apache.rocketmq.v2.SubscriptionEntry;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Owned by the test's thread. One client as the server sees it: a channel, an id, stubs. */
final class WireClient implements AutoCloseable {
  /** What a receive came to: the stream's parts in the order in which they came. */
  record Received(Status status, List<Message> messages, List<ReceiveMessageResponse> parts) {
    Message only() {
      if (messages.size() != 1) {
        throw new AssertionError("one message expected, not " + messages.size() + ": " + status);
      }
      return messages.getFirst();
    }

    List<String> bodies() {
      return messages.stream().map(message -> message.getBody().toStringUtf8()).toList();
    }
  }

  private final ManagedChannel channel;
  private final Metadata metadata = new Metadata();

  WireClient(int port, String id, String language, String version) {
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
    header("x-mq-client-id", id);
    header("x-mq-language", language);
    header("x-mq-client-version", version);
  }

  /** Sends this with each request from now on. */
  WireClient header(String name, String value) {
    if (!value.isEmpty()) {
      metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }
    return this;
  }

  ManagedChannel channel() {
    return channel;
  }

  MessagingServiceGrpc.MessagingServiceBlockingStub stub() {
    return MessagingServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
        .withDeadlineAfter(10, TimeUnit.SECONDS);
  }

  MessagingServiceGrpc.MessagingServiceStub asyncStub() {
    return MessagingServiceGrpc.newStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
  }

  /** Opens the telemetry stream. */
  WireTelemetry telemetry() {
    return new WireTelemetry(asyncStub());
  }

  /** Introduces a consumer and waits for its settings. */
  Settings introduce(ClientType type, String group, String... topics) {
    return telemetry().introduce(consumerSettings(type, group, topics));
  }

  static Settings consumerSettings(ClientType type, String group, String... topics) {
    Subscription.Builder subscription = Subscription.newBuilder().setGroup(resource(group));
    for (String topic : topics) {
      subscription.addSubscriptions(
          SubscriptionEntry.newBuilder().setTopic(resource(topic)).setExpression(tags("*")));
    }
    return Settings.newBuilder().setClientType(type).setSubscription(subscription).build();
  }

  QueryRouteResponse route(String topic) {
    return stub()
        .queryRoute(
            QueryRouteRequest.newBuilder()
                .setTopic(resource(topic))
                .setEndpoints(accessPoint())
                .build());
  }

  SendMessageResponse send(Message... messages) {
    return stub()
        .sendMessage(
            SendMessageRequest.newBuilder().addAllMessages(Arrays.asList(messages)).build());
  }

  /** A receive with a lease of its own, as simple consumers do it. */
  Received receive(String group, String topic) {
    return receive(receiveRequest(group, topic).build());
  }

  Received receive(ReceiveMessageRequest request) {
    List<ReceiveMessageResponse> parts = new ArrayList<>();
    stub().receiveMessage(request).forEachRemaining(parts::add);
    Status status = Status.getDefaultInstance();
    List<Message> messages = new ArrayList<>();
    for (ReceiveMessageResponse part : parts) {
      if (part.hasStatus()) {
        status = part.getStatus();
      }
      if (part.hasMessage()) {
        messages.add(part.getMessage());
      }
    }
    return new Received(status, messages, parts);
  }

  /** A receive of one message whose caller never takes anything off its connection. */
  UnreadReply receiveButNeverRead(String group, String topic) {
    ClientCall<ReceiveMessageRequest, ReceiveMessageResponse> call =
        channel.newCall(MessagingServiceGrpc.getReceiveMessageMethod(), CallOptions.DEFAULT);
    CompletableFuture<io.grpc.Status> end = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(io.grpc.Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        metadata);
    call.sendMessage(receiveRequest(group, topic).setBatchSize(1).build());
    call.halfClose();
    return new UnreadReply(call, end);
  }

  /** A reply of which nothing was read; its end is seen only after what came before it. */
  record UnreadReply(ClientCall<?, ?> call, CompletableFuture<io.grpc.Status> end) {
    /** Takes what has arrived. */
    CompletableFuture<io.grpc.Status> readOn() {
      call.request(Integer.MAX_VALUE);
      return end;
    }
  }

  static ReceiveMessageRequest.Builder receiveRequest(String group, String topic) {
    return ReceiveMessageRequest.newBuilder()
        .setGroup(resource(group))
        .setMessageQueue(MessageQueue.newBuilder().setTopic(resource(topic)))
        .setFilterExpression(tags("*"))
        .setBatchSize(32)
        .setInvisibleDuration(seconds(30))
        .setLongPollingTimeout(seconds(5));
  }

  /** A receive with a lease that the server renews, as push consumers do it. */
  static ReceiveMessageRequest.Builder pushRequest(String group, String topic) {
    return receiveRequest(group, topic).clearInvisibleDuration().setAutoRenew(true);
  }

  AckMessageResponse acknowledge(String group, String topic, String... handles) {
    AckMessageRequest.Builder request =
        AckMessageRequest.newBuilder().setGroup(resource(group)).setTopic(resource(topic));
    for (String handle : handles) {
      request.addEntries(AckMessageEntry.newBuilder().setMessageId("id").setReceiptHandle(handle));
    }
    return stub().ackMessage(request.build());
  }

  ChangeInvisibleDurationResponse changeInvisible(
      String group, String topic, String handle, Duration invisible) {
    return stub()
        .changeInvisibleDuration(
            ChangeInvisibleDurationRequest.newBuilder()
                .setGroup(resource(group))
                .setTopic(resource(topic))
                .setReceiptHandle(handle)
                .setInvisibleDuration(invisible)
                .build());
  }

  Status sync(LiteSubscriptionAction action, String group, String topic, String... liteTopics) {
    return sync(
        SyncLiteSubscriptionRequest.newBuilder()
            .setAction(action)
            .setGroup(resource(group))
            .setTopic(resource(topic))
            .addAllLiteTopicSet(Arrays.asList(liteTopics))
            .build());
  }

  Status sync(SyncLiteSubscriptionRequest request) {
    return stub().syncLiteSubscription(request).getStatus();
  }

  static Message message(String topic, String id, Consumer<SystemProperties.Builder> system) {
    SystemProperties.Builder properties = SystemProperties.newBuilder().setMessageId(id);
    system.accept(properties);
    return Message.newBuilder()
        .setTopic(resource(topic))
        .setSystemProperties(properties)
        .setBody(ByteString.copyFromUtf8("body of " + id))
        .build();
  }

  static Message message(String topic, String id) {
    return message(topic, id, _ -> {});
  }

  static Message lite(String topic, String liteTopic, String id) {
    return message(topic, id, system -> system.setLiteTopic(liteTopic));
  }

  static String handle(Message message) {
    return message.getSystemProperties().getReceiptHandle();
  }

  static Resource resource(String name) {
    return Resource.newBuilder().setName(name).build();
  }

  static FilterExpression tags(String expression) {
    return FilterExpression.newBuilder().setType(FilterType.TAG).setExpression(expression).build();
  }

  static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  static Endpoints accessPoint() {
    return Endpoints.newBuilder()
        .setScheme(AddressScheme.IPv4)
        .addAddresses(Address.newBuilder().setHost("127.0.0.1").setPort(8081))
        .build();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
