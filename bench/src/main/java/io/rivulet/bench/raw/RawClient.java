package io.rivulet.bench.raw;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.LiteSubscriptionAction;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Subscription;
import apache.rocketmq.v2.SubscriptionEntry;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import apache.rocketmq.v2.SyncLiteSubscriptionResponse;
import apache.rocketmq.v2.TelemetryCommand;
import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Safe for all threads: gRPC's stubs are. One connection that introduces itself as a producer, or
 * as a simple consumer of one topic, and then sends whatever it is told to.
 */
public final class RawClient implements AutoCloseable {
  private static final java.time.Duration USUAL_ANSWER = java.time.Duration.ofSeconds(10);

  private static final int MAX_MESSAGE_BYTES = 256 << 20;
  private static final long SETTINGS_SECONDS = 30;

  private final ManagedChannel channel;
  private final MessagingServiceGrpc.MessagingServiceStub stub;
  private final Resource topic;
  private final Resource group;
  private final MessageQueue queue;
  private final StreamObserver<TelemetryCommand> telemetry;
  private final ClientType type;

  private RawClient(String endpoint, ClientType type, String group, String topic) {
    this.type = type;
    this.topic = Resource.newBuilder().setName(topic).build();
    this.group = Resource.newBuilder().setName(group).build();
    this.queue =
        MessageQueue.newBuilder()
            .setTopic(this.topic)
            .setId(-1)
            .setBroker(BrokerOf.anyRoute(endpoint, topic))
            .build();
    this.channel =
        NettyChannelBuilder.forTarget(endpoint)
            .usePlaintext()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build();
    this.stub =
        MessagingServiceGrpc.newStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers()));
    this.telemetry = introduce();
  }

  public static RawClient producer(String endpoint, String topic) {
    return new RawClient(endpoint, ClientType.PRODUCER, "", topic);
  }

  public static RawClient consumer(String endpoint, String group, String topic) {
    return new RawClient(endpoint, ClientType.SIMPLE_CONSUMER, group, topic);
  }

  /** A consumer of lite topics that it names. */
  public static RawClient liteConsumer(String endpoint, String group, String topic) {
    return new RawClient(endpoint, ClientType.LITE_PUSH_CONSUMER, group, topic);
  }

  /** Says all lite topics that the client follows; fails if that is refused. */
  public CompletableFuture<SyncLiteSubscriptionResponse> follow(Collection<String> liteTopics) {
    SyncLiteSubscriptionRequest request =
        SyncLiteSubscriptionRequest.newBuilder()
            .setAction(LiteSubscriptionAction.COMPLETE_ADD)
            .setGroup(group)
            .setTopic(topic)
            .addAllLiteTopicSet(liteTopics)
            .build();
    CompletableFuture<SyncLiteSubscriptionResponse> answer = new CompletableFuture<>();
    stub.syncLiteSubscription(request, new FirstAnswer<>(answer));
    return answer.thenApply(response -> {
      if (response.getStatus().getCode() != Code.OK) {
        throw new RefusedException(response.getStatus());
      }
      return response;
    });
  }

  /** What every call says about its client. */
  static Metadata headers() {
    Metadata headers = new Metadata();
    headers.put(key("x-mq-client-id"), "rivulet-bench@" + UUID.randomUUID());
    headers.put(key("x-mq-language"), "JAVA");
    headers.put(key("x-mq-protocol"), "v2");
    headers.put(key("x-mq-client-version"), "5.2.0");
    return headers;
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private StreamObserver<TelemetryCommand> introduce() {
    CompletableFuture<TelemetryCommand> answer = new CompletableFuture<>();
    StreamObserver<TelemetryCommand> stream = stub.telemetry(new FirstAnswer<>(answer));
    Settings.Builder settings =
        Settings.newBuilder()
            .setClientType(type)
            .setRequestTimeout(Duration.newBuilder().setSeconds(3));
    if (type == ClientType.PRODUCER) {
      settings.setPublishing(Publishing.newBuilder().addTopics(topic));
    } else {
      settings.setSubscription(
          Subscription.newBuilder()
              .setGroup(group)
              .addSubscriptions(
                  SubscriptionEntry.newBuilder().setTopic(topic).setExpression(matchAll())));
    }
    stream.onNext(TelemetryCommand.newBuilder().setSettings(settings).build());
    try {
      answer.orTimeout(SETTINGS_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      channel.shutdownNow();
      throw e;
    }
    return stream;
  }

  private static FilterExpression matchAll() {
    return FilterExpression.newBuilder().setType(FilterType.TAG).setExpression("*").build();
  }

  /** Fails if any message was refused, with the reason. */
  public CompletableFuture<SendMessageResponse> send(SendMessageRequest request) {
    CompletableFuture<SendMessageResponse> answer = new CompletableFuture<>();
    stub.sendMessage(request, new FirstAnswer<>(answer));
    return answer.thenApply(response -> {
      if (response.getStatus().getCode() != Code.OK) {
        throw new RefusedException(response.getStatus());
      }
      return response;
    });
  }

  /** Takes up to so many messages, waiting for up to so long when there are none. */
  public CompletableFuture<List<Message>> receive(
      int max, java.time.Duration invisible, java.time.Duration wait) {
    return receive(max, invisible, wait, USUAL_ANSWER);
  }

  /**
   * The same.
   *
   * @param answer for how long the answer may be on its way
   */
  public CompletableFuture<List<Message>> receive(
      int max, java.time.Duration invisible, java.time.Duration wait, java.time.Duration answer) {
    ReceiveMessageRequest request =
        ReceiveMessageRequest.newBuilder()
            .setGroup(group)
            .setMessageQueue(queue)
            .setFilterExpression(matchAll())
            .setBatchSize(max)
            .setInvisibleDuration(Duration.newBuilder().setSeconds(invisible.toSeconds()))
            .setLongPollingTimeout(Duration.newBuilder().setSeconds(wait.toSeconds()))
            .build();
    CompletableFuture<List<ReceiveMessageResponse>> received = new CompletableFuture<>();
    stub.withDeadlineAfter(wait.plus(answer).toMillis(), TimeUnit.MILLISECONDS)
        .receiveMessage(request, new AllAnswers<>(received));
    return received.thenApply(RawClient::messages);
  }

  private static List<Message> messages(List<ReceiveMessageResponse> responses) {
    for (ReceiveMessageResponse response : responses) {
      if (response.hasStatus()
          && response.getStatus().getCode() != Code.OK
          && response.getStatus().getCode() != Code.MESSAGE_NOT_FOUND) {
        throw new RefusedException(response.getStatus());
      }
    }
    return responses.stream()
        .filter(ReceiveMessageResponse::hasMessage)
        .map(ReceiveMessageResponse::getMessage)
        .toList();
  }

  /** Acknowledges one delivery; fails if the server does not take it. */
  public CompletableFuture<AckMessageResponse> acknowledge(Message message) {
    AckMessageRequest request =
        AckMessageRequest.newBuilder()
            .setGroup(group)
            .setTopic(topic)
            .addEntries(
                AckMessageEntry.newBuilder()
                    .setLiteTopic(message.getSystemProperties().getLiteTopic())
                    .setMessageId(message.getSystemProperties().getMessageId())
                    .setReceiptHandle(message.getSystemProperties().getReceiptHandle()))
            .build();
    CompletableFuture<AckMessageResponse> answer = new CompletableFuture<>();
    stub.ackMessage(request, new FirstAnswer<>(answer));
    return answer.thenApply(response -> {
      if (response.getStatus().getCode() != Code.OK) {
        throw new RefusedException(response.getStatus());
      }
      return response;
    });
  }

  /** Moves the end of a lease; the answer carries the new receipt handle. */
  public CompletableFuture<ChangeInvisibleDurationResponse> changeInvisible(
      Message message, java.time.Duration invisible) {
    ChangeInvisibleDurationRequest request =
        ChangeInvisibleDurationRequest.newBuilder()
            .setGroup(group)
            .setTopic(topic)
            .setLiteTopic(message.getSystemProperties().getLiteTopic())
            .setMessageId(message.getSystemProperties().getMessageId())
            .setReceiptHandle(message.getSystemProperties().getReceiptHandle())
            .setInvisibleDuration(Duration.newBuilder().setSeconds(invisible.toSeconds()))
            .build();
    CompletableFuture<ChangeInvisibleDurationResponse> answer = new CompletableFuture<>();
    stub.changeInvisibleDuration(request, new FirstAnswer<>(answer));
    return answer;
  }

  /** A sign of life; consumers give one every ten seconds. */
  public void heartbeat() {
    stub.heartbeat(
        HeartbeatRequest.newBuilder().setClientType(type).setGroup(group).build(),
        new FirstAnswer<>(new CompletableFuture<>()));
  }

  @Override
  public void close() {
    telemetry.onCompleted();
    channel.shutdownNow();
  }
}
