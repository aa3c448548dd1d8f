package io.rivulet.server.rocketmq.wire;

import io.grpc.Server;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.GrpcConfig;
import io.rivulet.server.grpc.GrpcFrontDoor;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.network.HostPort;
import io.rivulet.server.rocketmq.ProtocolConfig;
import io.rivulet.server.rocketmq.RocketMqProtocol;
import io.rivulet.server.rocketmq.route.Neighbours;
import io.rivulet.server.security.ServerCertificate;
import io.rivulet.server.security.TlsConfig;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Owned by the test's thread. The protocol on a port of its own, with an engine in memory. */
final class WireServer implements AutoCloseable {
  static final int MAX_MESSAGE_BYTES = 8 << 20;

  private static final long REPLY_BYTES = 16 << 20;
  private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(3);

  private final Engine engine;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ReplyBudget replies = new ReplyBudget(REPLY_BYTES, REPLY_TIMEOUT);
  private final RocketMqProtocol protocol;
  private final GrpcFrontDoor door;
  private final Server server;
  private final List<WireClient> clients = new ArrayList<>();
  private volatile List<Neighbours.Neighbour> neighbours = List.of();

  /** As in a cluster with these nodes besides. */
  void hasNeighbours(Neighbours.Neighbour... others) {
    neighbours = List.of(others);
  }

  WireServer() {
    this(config -> config);
  }

  /**
   * @param settings what is different in the engine
   */
  WireServer(UnaryOperator<EngineConfig.Builder> settings) {
    CompletableFuture<EngineListener> news = new CompletableFuture<>();
    try {
      engine =
          Engine.open(
              settings.apply(engineConfig()).build(),
              MemoryLog.automatic(Clock.system()),
              new MemoryIndex(),
              Clock.system(),
              passOn(news));
      Returns returns =
          new Returns(
              engine,
              Returns.Parts.whole(engine),
              Clock.system(),
              (delay, task) -> {
                var _ = timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
              },
              engineConfig().build().maxLeaseTime());
      protocol =
          new RocketMqProtocol(
              engine,
              returns,
              Clock.system(),
              protocolConfig(),
              task -> Thread.ofVirtual().name("test-background").start(task),
              replies,
              () -> neighbours);
      news.complete(protocol.listener());
      door =
          new GrpcFrontDoor(
              new GrpcConfig(
                  new HostPort("127.0.0.1", 0), 0, 64 << 20, REPLY_BYTES, REPLY_TIMEOUT, 1000),
              certificate().tls(),
              MAX_MESSAGE_BYTES,
              protocol.services(),
              Map.of());
      door.watchConnections(
          Clock.system(), doubt -> returns.endRenewal(doubt.clients(), doubt.within()));
      door.setServing(true);
      server = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  GrpcFrontDoor door() {
    return door;
  }

  Engine engine() {
    return engine;
  }

  ReplyBudget replies() {
    return replies;
  }

  RocketMqProtocol protocol() {
    return protocol;
  }

  /** A client that is closed with the server. */
  WireClient client(String id) {
    return client(id, "JAVA", "5.2.0");
  }

  WireClient client(String id, String language, String version) {
    WireClient client = new WireClient(server.getPort(), id, language, version);
    clients.add(client);
    return client;
  }

  @Override
  public void close() {
    clients.forEach(WireClient::close);
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    door.close();
    timer.shutdownNow();
    engine.close();
  }

  private static ServerCertificate certificate() throws IOException {
    Path folder = Files.createTempDirectory("rivulet-wire");
    ServerCertificate certificate =
        ServerCertificate.open(
            new TlsConfig(Optional.empty(), Optional.empty()), folder, Clock.system());
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
    return certificate;
  }

  private static EngineConfig.Builder engineConfig() {
    return EngineConfig.defaults().toBuilder().maxMessageBytes(MAX_MESSAGE_BYTES);
  }

  private static ProtocolConfig protocolConfig() {
    ProtocolConfig standard = ProtocolConfig.defaults();
    return new ProtocolConfig(
        standard.brokerName(),
        true,
        MAX_MESSAGE_BYTES,
        standard.receiveBatchSize(),
        standard.maxReceiveBatchSize(),
        standard.longPoll(),
        Duration.ofMillis(100),
        standard.maxInvisible(),
        standard.maxClients(),
        standard.clientTimeout());
  }

  private static EngineListener passOn(CompletableFuture<EngineListener> listener) {
    return new EngineListener() {
      @Override
      public void unsubscribed(String clientId, String group, String topic, String liteTopic) {
        var _ =
            listener.thenAcceptAsync(
                each -> each.unsubscribed(clientId, group, topic, liteTopic),
                task -> Thread.ofVirtual().name("test-news").start(task));
      }

      @Override
      public void unreadLost(String group, String topic, long count) {}

      @Override
      public void failed(Throwable cause) {
        LoggerFactory.getLogger(WireServer.class).error("the engine failed", cause);
      }
    };
  }
}
