package io.rivulet.client;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.rivulet.api.v1.CancelMessageRequest;
import io.rivulet.api.v1.CancelMessageResponse;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.MessageServiceGrpc.MessageServiceBlockingStub;
import io.rivulet.api.v1.ReadRequest;
import io.rivulet.api.v1.ReadResponse;
import io.rivulet.api.v1.ReprioritizeMessageRequest;
import io.rivulet.api.v1.ReprioritizeMessageResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Safe for all threads: everything it holds is. One connection to a server; make one per process
 * and close it at the end.
 *
 * <pre>{@code
 * try (RivuletClient client = RivuletClient.connect("127.0.0.1:8081")) {
 *   Session session = client.session("chat", "42");
 *   session.append("Hello").join();
 *   try (Tail tail = session.tail(ReadFrom.first())) {
 *     System.out.println(tail.next().text());
 *   }
 * }
 * }</pre>
 *
 * <p>Connecting takes place with the first request and again whenever the connection breaks, with
 * gRPC's own exponential back-off and jitter. Appends and tails outlive breaks; all other requests
 * fail at once with UNAVAILABLE if the server can't be reached.
 */
public final class RivuletClient implements AutoCloseable {
  /** Appends and tails begin anew after a moment: gRPC waits exponentially longer, with jitter. */
  private static final Map<String, Object> SERVICE_CONFIG =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(
                      Map.of("service", MessageServiceGrpc.SERVICE_NAME, "method", "Append"),
                      Map.of("service", MessageServiceGrpc.SERVICE_NAME, "method", "Tail")),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts",
                      5.0,
                      "initialBackoff",
                      "0.1s",
                      "maxBackoff",
                      "5s",
                      "backoffMultiplier",
                      2.0,
                      "retryableStatusCodes",
                      List.of("UNAVAILABLE", "RESOURCE_EXHAUSTED")))));

  private static final long RETRY_BUFFER_BYTES = 256L << 20;
  private static final Duration PING_INTERVAL = Duration.ofSeconds(20);
  private static final Duration PING_TIME = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIME = Duration.ofSeconds(5);

  private final ManagedChannel channel;
  private final ClientConfig config;
  private final MessageIds ids = new MessageIds();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("rivulet-client-timer").daemon().factory());
  private final Map<String, BatchingProducer> sessionProducers = new ConcurrentHashMap<>();

  private RivuletClient(ManagedChannel channel, ClientConfig config) {
    this.channel = channel;
    this.config = config;
  }

  /**
   * A client of the server at this endpoint, in plaintext.
   *
   * @param endpoint {@code HOST:PORT}
   */
  public static RivuletClient connect(String endpoint) {
    return connect(ClientConfig.of(endpoint));
  }

  public static RivuletClient connect(ClientConfig config) {
    return connect(
        Grpc.newChannelBuilder(config.endpoint(), credentials(config.security()))
            .keepAliveTime(PING_INTERVAL.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTimeout(PING_TIME.toSeconds(), TimeUnit.SECONDS),
        config);
  }

  /** A client over a channel of your own making, such as an in-process one. */
  public static RivuletClient connect(ManagedChannelBuilder<?> channel, ClientConfig config) {
    return new RivuletClient(
        channel
            .maxInboundMessageSize(config.maxMessageBytes())
            .disableServiceConfigLookUp()
            .defaultServiceConfig(SERVICE_CONFIG)
            .enableRetry()
            .retryBufferSize(RETRY_BUFFER_BYTES)
            .perRpcBufferLimit(RETRY_BUFFER_BYTES)
            .build(),
        config);
  }

  /** A lite topic to write to and read from. Makes nothing on the server. */
  public Session session(String parent, String liteTopic) {
    BatchingProducer producer =
        sessionProducers.computeIfAbsent(
            parent, topic -> producer(topic, ProducerSettings.immediate()));
    return new Session(this, producer, parent, liteTopic);
  }

  /** A producer that sends many messages in one request; close it at the end. */
  public BatchingProducer producer(String topic, ProducerSettings settings) {
    return new BatchingProducer(channel, config, timer, ids, topic, settings);
  }

  /**
   * Follows a queue without a group.
   *
   * @param liteTopic the lite topic (LITE topics) or message group (FIFO topics); empty for topics
   *     with one queue
   */
  public Tail tail(String topic, String liteTopic, ReadFrom from) {
    return new Tail(channel, config, topic, liteTopic, from);
  }

  /**
   * Reads a page without a group.
   *
   * @param liteTopic as in {@link #tail}
   * @param maxMessages 1 to 256
   * @throws RivuletException if the server refuses or can't be reached
   */
  public Page read(String topic, String liteTopic, ReadFrom from, int maxMessages) {
    ReadRequest request =
        ReadRequest.newBuilder()
            .setTopic(topic)
            .setLiteTopic(liteTopic)
            .setFrom(from.toWire())
            .setMaxMessages(maxMessages)
            .build();
    ReadResponse response = call(service -> service.read(request));
    return new Page(
        response.getMessagesList().stream().map(ReceivedMessage::new).toList(),
        response.getToken(),
        response.getEndOffset());
  }

  /**
   * Receives for a group; introduces this client to the server.
   *
   * @throws RivuletException if the server refuses or can't be reached
   */
  public GroupConsumer consumer(ConsumerSettings settings) {
    return GroupConsumer.open(channel, config, ids.next(), settings);
  }

  /**
   * Cancels a message: from the answer on it is delivered to no group. Safe to repeat.
   *
   * @param handle from its {@link Receipt}
   * @return how far the message had come
   * @throws RivuletException if the server refuses or can't be reached
   */
  public CancelMessageResponse cancel(String handle) {
    return call(service ->
        service.cancelMessage(CancelMessageRequest.newBuilder().setHandle(handle).build()));
  }

  /**
   * Gives a waiting message of a PRIORITY topic another priority; a message of a LITE or FIFO topic
   * gives it to its whole lite topic or message group.
   *
   * @param handle from its {@link Receipt}
   * @param priority from 0, higher first
   * @return among others the message's handle from now on
   * @throws RivuletException if the server refuses or can't be reached
   */
  public ReprioritizeMessageResponse reprioritize(String handle, int priority) {
    return call(service ->
        service.reprioritizeMessage(
            ReprioritizeMessageRequest.newBuilder()
                .setHandle(handle)
                .setPriority(priority)
                .build()));
  }

  private <T> T call(Function<MessageServiceBlockingStub, T> request) {
    return Calls.call(MessageServiceGrpc.newBlockingStub(channel), config, request);
  }

  /** Topics, groups, lite topics, dead letters, and the server itself. */
  public Admin admin() {
    return new Admin(channel, config);
  }

  /** How groups are being served. */
  public GroupScheduling scheduling() {
    return new GroupScheduling(channel, config);
  }

  /** The cluster, if the server is a node of one. */
  public Cluster cluster() {
    return new Cluster(channel, config);
  }

  /** Tokens for the HTTP port. */
  public Tokens tokens() {
    return new Tokens(channel, config);
  }

  /** Sends what is still waiting to be sent, for at most five seconds, and disconnects. */
  @Override
  public void close() {
    for (BatchingProducer producer : sessionProducers.values()) {
      producer.close(CLOSE_TIME);
    }
    timer.shutdownNow();
    channel.shutdownNow();
    try {
      boolean _ = channel.awaitTermination(CLOSE_TIME.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ChannelCredentials credentials(Security security) {
    return switch (security) {
      case Security.Plaintext plaintext -> InsecureChannelCredentials.create();
      case Security.Tls tls -> TlsChannelCredentials.create();
      case Security.TlsTrusting(var certificate) -> {
        try {
          yield TlsChannelCredentials.newBuilder().trustManager(certificate.toFile()).build();
        } catch (IOException e) {
          throw new IllegalArgumentException(
              "can't read the certificate " + certificate + ": " + e.getMessage(), e);
        }
      }
      case Security.TlsUnverified unverified ->
          TlsChannelCredentials.newBuilder()
              .trustManager(InsecureTrustManagerFactory.INSTANCE.getTrustManagers())
              .build();
    };
  }

  /**
   * Immutable. What was read.
   *
   * @param token continues behind this page; empty while there is nothing to continue behind
   * @param endOffset the offset that the queue's next message will get
   */
  public record Page(List<ReceivedMessage> messages, String token, long endOffset) {
    public Page {
      messages = List.copyOf(messages);
    }
  }
}
