package io.rivulet.server.grpc;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.rivulet.engine.delivery.LastAnswers;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.network.RequestBudget;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: the ports are opened and closed by one thread, the rest is immutable. All
 * services behind one or more ports: one to warm up on, one for clients.
 */
public final class GrpcFrontDoor implements AutoCloseable {
  /** Beside the largest body, one request carries properties, or other messages of its batch. */
  private static final int HEADROOM_BYTES = 16 << 20;

  private static final int MAX_METADATA_BYTES = 64 << 10;
  private static final int ACCEPT_BACKLOG = 1024;

  /** Official clients ping every 300 s, with and without calls; ours may do so more often. */
  private static final Duration SHORTEST_PING_INTERVAL = Duration.ofSeconds(10);

  /** So that a connection whose other side has vanished is noticed. */
  private static final Duration PING_INTERVAL = Duration.ofMinutes(1);

  private static final Duration PING_PATIENCE = Duration.ofSeconds(20);

  private static final Duration HANDSHAKE_TIME = Duration.ofSeconds(20);

  private final GrpcConfig config;
  private final SslContext tls;
  private final int maxBodyBytes;
  private final Map<String, Object> overloadReplies;
  private final List<ServerServiceDefinition> services;
  private final RequestBudget budget;
  private final CallCounts counts;
  private final HealthStatusManager health = new HealthStatusManager();
  private final EventLoops acceptor;
  private final EventLoops loops;
  private volatile boolean endsInOrder;
  private Connection.@Nullable Watch watch;
  private @Nullable Doubts doubts;

  /**
   * Prepares the threads; listens nowhere.
   *
   * @param overloadReplies by full method name, see {@link CallGuard}
   */
  public GrpcFrontDoor(
      GrpcConfig config,
      SslContext tls,
      int maxBodyBytes,
      List<ServerServiceDefinition> services,
      Map<String, Object> overloadReplies) {
    this.config = config;
    this.tls = tls;
    this.maxBodyBytes = maxBodyBytes;
    this.services = List.copyOf(services);
    this.overloadReplies = Map.copyOf(overloadReplies);
    this.budget = new RequestBudget(config.inflightBytes());
    this.counts = new CallCounts();
    int threads =
        config.threads() > 0
            ? config.threads()
            : Math.max(2, Runtime.getRuntime().availableProcessors());
    this.acceptor = new EventLoops("rivulet-grpc-accept", 1);
    this.loops = new EventLoops("rivulet-grpc", threads);
    setServing(false);
  }

  /**
   * Listens on this address.
   *
   * @throws IOException if it can't, with the reason
   */
  public Server listen(InetSocketAddress address) throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                address, InternalNettyServerCredentials.create(new TlsSniffer(tls)))
            .channelType(NioServerSocketChannel.class)
            .bossEventLoopGroup(acceptor.group())
            .workerEventLoopGroup(loops.group())
            .withOption(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
            .withOption(ChannelOption.SO_REUSEADDR, true)
            .withChildOption(ChannelOption.TCP_NODELAY, true)
            .directExecutor()
            .maxInboundMessageSize(maxBodyBytes + HEADROOM_BYTES)
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .maxConcurrentCallsPerConnection(config.maxCallsPerConnection())
            .keepAliveTime(PING_INTERVAL.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTimeout(PING_PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .permitKeepAliveTime(SHORTEST_PING_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)
            .handshakeTimeout(HANDSHAKE_TIME.toMillis(), TimeUnit.MILLISECONDS)
            .addStreamTracerFactory(new CallTracer.Factory(budget, counts))
            .intercept(new CallGuard(overloadReplies));
    Connection.@Nullable Watch watched = watch;
    if (watched != null) {
      builder.addTransportFilter(watched);
    }
    InternalNettyServerBuilder.setStatsEnabled(builder, false);
    InternalNettyServerBuilder.setTracingEnabled(builder, false);
    services.forEach(builder::addService);
    builder.addService(health.getHealthService());
    builder.addService(ProtoReflectionServiceV1.newInstance());
    return builder.build().start();
  }

  /**
   * Says whom to tell of messages that may have been lost with a connection; before it listens.
   * While this server itself ends its connections in order nobody is told ({@link #endsInOrder}):
   * what it has answered is sent before.
   */
  public void watchConnections(Clock clock, Consumer<LastAnswers.Doubt> lost) {
    Doubts gathered = new Doubts(lost, this::inAMoment);
    doubts = gathered;
    watch =
        new Connection.Watch(
            clock,
            each -> {
              if (!endsInOrder) {
                gathered.add(each);
              }
            });
  }

  private void inAMoment(Runnable task) {
    try {
      var _ = loops.group().schedule(task, Doubts.MOMENT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      task.run(); // the threads end
    }
  }

  /**
   * Says whether connections end from now on since this server closes them, when all that was
   * answered has been sent. Those that it cuts off afterwards are lost, like any other.
   */
  public void endsInOrder(boolean isOrderly) {
    endsInOrder = isOrderly;
  }

  /** What the gRPC health service answers. */
  public void setServing(boolean serving) {
    health.setStatus(
        HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
        serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  public RequestBudget budget() {
    return budget;
  }

  public CallCounts counts() {
    return counts;
  }

  /** Ends health watches, then the threads, at once; the ports must have been closed before. */
  @Override
  public void close() {
    health.enterTerminalState();
    acceptor.close();
    loops.close();
    Doubts untold = doubts;
    if (untold != null) {
      untold.tell();
    }
  }
}
