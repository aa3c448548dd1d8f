package io.rivulet.server;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.MessagingServiceGrpc.MessagingServiceBlockingStub;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.logging.LogbackDefaults;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Owned by the main thread. A start for practice, with a client's ordinary day, under a JVM that
 * writes down what it learns ({@code -XX:AOTCacheOutput}): which classes are used, how they are
 * linked, which methods are hot. The launcher runs it once after a build; later starts read the
 * file and take a fraction of the time.
 */
final class StartPractice {
  private static final int MESSAGES = 2000;
  private static final int BATCH = 16;
  private static final long DEADLINE_SECONDS = 5;
  private static final Resource TOPIC = Resource.newBuilder().setName("practice").build();
  private static final Resource GROUP = Resource.newBuilder().setName("practice-group").build();

  private StartPractice() {}

  /** Takes one argument: an empty folder. */
  public static void main(String[] arguments) throws ConfigException, StartException, IOException {
    try {
      practise(Path.of(arguments[0]));
    } finally {
      LogbackDefaults.stop();
    }
    // A node that did not end well must not keep the launcher waiting.
    System.exit(0);
  }

  private static void practise(Path folder) throws ConfigException, StartException, IOException {
    Main.run("--help");
    Main.run("config");
    Map<String, String> quick = Map.of("log.durability", "interval");
    ServerConfig config = ServerConfig.embedded(folder.resolve("alone"), quick);
    LogbackDefaults.startServerLog(config.logging());
    try (RivuletServer server = RivuletServer.start(config)) {
      read("http://127.0.0.1:" + server.httpPort() + "/health/ready");
      useAsClient(server.grpcPort(), MESSAGES);
      useCommands("127.0.0.1:" + server.grpcPort());
      read("http://127.0.0.1:" + server.httpPort() + "/metrics");
    }
    ClusterPractice.run(folder.resolve("cluster"));
  }

  private static void useCommands(String endpoint) {
    Main.run("send", "practice-chat/1", "a token", "--endpoint", endpoint);
    Main.run("send", "practice-jobs", "a job", "--count", "100", "--json", "--endpoint", endpoint);
    Main.run("tail", "practice-chat/1", "--from", "first", "--max", "1", "--endpoint", endpoint);
    Main.run("receive", "practice-jobs", "--group", "g", "--max", "9", "--endpoint", endpoint);
    Main.run("topic", "list", "--endpoint", endpoint);
    Main.run("lite", "list", "practice-chat", "--json", "--endpoint", endpoint);
  }

  static void read(String address) throws IOException {
    try (var in = URI.create(address).toURL().openStream()) {
      in.readAllBytes();
    }
  }

  /** Sends and receives; ends early when something does not work. */
  static void useAsClient(int port, int messages) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try {
      Metadata caller = new Metadata();
      caller.put(key("x-mq-client-id"), "practice-client");
      caller.put(key("x-mq-language"), "JAVA");
      caller.put(key("x-mq-protocol"), "v2");
      MessagingServiceBlockingStub stub =
          MessagingServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(caller));
      for (int i = 0; i < messages; i++) {
        exchange(stub.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS), i);
      }
    } catch (StatusRuntimeException e) {
      System.err.println("practice ended early: " + e.getMessage());
    } finally {
      channel.shutdownNow();
    }
  }

  private static void exchange(MessagingServiceBlockingStub stub, int number) {
    SystemProperties properties =
        SystemProperties.newBuilder()
            .setMessageId("%034X".formatted(number))
            .setMessageType(MessageType.NORMAL)
            .setBodyEncoding(Encoding.IDENTITY)
            .build();
    Message message =
        Message.newBuilder()
            .setTopic(TOPIC)
            .setSystemProperties(properties)
            .setBody(ByteString.copyFrom(new byte[1024]))
            .build();
    stub.sendMessage(SendMessageRequest.newBuilder().addMessages(message).build());
    if (number % BATCH == 0) {
      stub.queryRoute(QueryRouteRequest.newBuilder().setTopic(TOPIC).build());
      stub.heartbeat(
          HeartbeatRequest.newBuilder()
              .setGroup(GROUP)
              .setClientType(ClientType.SIMPLE_CONSUMER)
              .build());
      receive(stub);
    }
  }

  private static void receive(MessagingServiceBlockingStub stub) {
    FilterExpression all =
        FilterExpression.newBuilder().setType(FilterType.TAG).setExpression("*").build();
    Iterator<ReceiveMessageResponse> replies =
        stub.receiveMessage(
            ReceiveMessageRequest.newBuilder()
                .setGroup(GROUP)
                .setMessageQueue(MessageQueue.newBuilder().setTopic(TOPIC))
                .setFilterExpression(all)
                .setBatchSize(2 * BATCH)
                .setInvisibleDuration(Duration.newBuilder().setSeconds(30))
                .setLongPollingTimeout(Duration.newBuilder().setNanos(100_000_000))
                .build());
    AckMessageRequest.Builder acknowledgement =
        AckMessageRequest.newBuilder().setTopic(TOPIC).setGroup(GROUP);
    replies.forEachRemaining(reply -> {
      if (reply.hasMessage()) {
        SystemProperties properties = reply.getMessage().getSystemProperties();
        acknowledgement.addEntries(
            AckMessageEntry.newBuilder()
                .setMessageId(properties.getMessageId())
                .setReceiptHandle(properties.getReceiptHandle()));
      }
    });
    stub.ackMessage(acknowledgement.build());
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
