package io.rivulet.server;

import io.grpc.Server;
import io.netty.util.internal.PlatformDependent;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.definitions.DefinitionsFile;
import io.rivulet.server.definitions.StartDefinitions;
import io.rivulet.server.grpc.GrpcFrontDoor;
import io.rivulet.server.grpc.GrpcRoom;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.http.AnswerMemory;
import io.rivulet.server.http.HttpFrontDoor;
import io.rivulet.server.http.HttpMetrics;
import io.rivulet.server.http.Surroundings;
import io.rivulet.server.http.feed.Feeds;
import io.rivulet.server.http.subscription.WebhookKeys;
import io.rivulet.server.http.token.TokenCallers;
import io.rivulet.server.security.ServerCertificate;
import io.rivulet.server.telemetry.Metrics;
import io.rivulet.server.token.Tokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: the state is one atomic reference; starting and stopping happen once.
 *
 * <p>A whole server: the only place that wires. What is opened is put on a stack and closed in the
 * reverse order, whether the start fails half way or the server is stopped.
 *
 * <p>Order of a start: read the definitions' file; take the data folder; open HTTP (live, not yet
 * ready) and prepare TLS beside the engine's recovery; apply the definitions; warm the gRPC path up
 * on a port of its own; listen; be ready. Order of a stop: not ready, no new calls, waiting polls
 * and streams answered, calls ended, engine closed, folder released. Each wait is bounded, all of
 * them together below five seconds.
 */
public final class RivuletServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RivuletServer.class);
  private static final Duration DRAIN_TIME = Duration.ofMillis(1500);
  private static final Duration ABORT_TIME = Duration.ofMillis(500);

  private enum State {
    STARTING,
    READY,
    STOPPING,
    FAILED
  }

  /** Something to undo when the server ends. */
  private interface Undo {
    void run() throws IOException;
  }

  /** For connections and buffers that are not full. */
  private static final long SPARE_DIRECT_BYTES = 64 << 20;

  private final ServerConfig config;
  private final Clock clock = Clock.system();
  private final EngineNews news = new EngineNews(this::engineFailed);
  private final AtomicReference<State> state = new AtomicReference<>(State.STARTING);
  private final Deque<Undo> undos = new ArrayDeque<>();
  private final CompletableFuture<Metrics> metrics = new CompletableFuture<>();

  /** Empty until it has joined, and for a server of its own. */
  private volatile Optional<ClusterMember> member = Optional.empty();

  /** What a start is about; empty: nothing that takes long. */
  private volatile String step = "";

  private volatile String failure = "";
  private volatile Runnable notServing = () -> {};
  private volatile boolean hasStarted;
  private int grpcPort;
  private int httpPort;

  private RivuletServer(ServerConfig config) {
    this.config = config;
  }

  /**
   * Starts a server and returns once it takes requests.
   *
   * @throws StartException if it can't, with the reason for a person; nothing is left open
   */
  public static RivuletServer start(ServerConfig config) throws StartException {
    RivuletServer server = new RivuletServer(config);
    boolean isOpen = false;
    try {
      server.open();
      isOpen = true;
      return server;
    } finally {
      if (!isOpen) {
        server.undoAll();
      }
    }
  }

  private void open() throws StartException {
    final long startNanos = clock.nanos();
    undos.push(news::close);
    Optional<DefinitionsFile> definitions = definitions();
    DataFolder folder = DataFolder.open(config.data().folder());
    undos.push(folder::close);
    Beside.start("rivulet-start-rocksdb", () -> Storage.preload(config));
    Beside<HttpFrontDoor> http = Beside.start("rivulet-start-http", this::openHttp);
    undos.push(() -> http.ifDone(HttpFrontDoor::close));
    Beside<ServerCertificate> certificate =
        Beside.start("rivulet-start-tls", () -> certificate(folder));
    Engine engine = openEngine();
    Returns returns = member.map(ClusterMember::returns).orElseGet(() -> openReturns(engine));
    if (definitions.isPresent()) {
      apply(definitions.get(), engine);
    }
    Tokens tokens = tokens(folder);
    ReplyBudget replies = new ReplyBudget(config.grpc().replyBytes(), config.grpc().replyTimeout());
    List<GrpcRoom> rooms =
        Rooms.open(engine, returns, news, config, clock, replies, tokens, member);
    GrpcFrontDoor door =
        new GrpcFrontDoor(
            config.grpc(),
            certificate.result().tls(),
            config.engine().maxMessageBytes(),
            rooms.stream().flatMap(room -> room.services().stream()).toList(),
            Rooms.overloadReplies());
    undos.push(door::close);
    // What did not arrive is to come again, and not when its client has died.
    door.watchConnections(clock, doubt -> returns.endRenewal(doubt.clients(), doubt.within()));
    warnOfLittleMemory(replies);
    warmUp(door);
    httpPort = http.result().port();
    WebhookKeys keys = webhookKeys(folder);
    HttpMetrics counts = new HttpMetrics(config.http().waits().maxWaiting());
    Surroundings around =
        new Surroundings(
            config.http().cors(),
            door.budget(),
            new AnswerMemory(replies, Rooms::runInBackground),
            counts,
            returns);
    Feeds feeds = Rooms.feeds(config, clock);
    http.result()
        .serve(
            Rooms.http(engine, config, clock, around, http.result(), feeds, keys, tokens, member),
            new TokenCallers(tokens, clock));
    openGrpc(door, rooms);
    hasStarted = true;
    state.compareAndSet(State.STARTING, State.READY);
    new StartBanner(config, folder.path(), grpcPort, httpPort, certificate.result().isSelfSigned())
        .log(Duration.ofNanos(clock.nanos() - startNanos));
    // Only now: metrics take long to load, and nobody asks in the first second.
    Beside.start(
        "rivulet-start-metrics",
        () ->
            count(engine, door, replies, counts)
                .add(feeds, http.result().connections())
                .add(returns)
                .addDisk(folder.path()));
    undos.push(this::stopCounting);
  }

  /** A server of its own has one; that of a node has to do with all shards. */
  private Returns openReturns(Engine engine) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("rivulet-returns").daemon().factory());
    undos.push(timer::shutdownNow);
    return new Returns(
        engine,
        Returns.Parts.whole(engine),
        clock,
        (delay, task) -> {
          var _ = timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
        },
        config.engine().maxLeaseTime());
  }

  /** This process's own, or all shards of the cluster. */
  private Engine openEngine() throws StartException {
    if (config.cluster().isEmpty()) {
      step = "opening the log and the index";
      Engine engine = Storage.openEngine(config, clock, news);
      undos.push(engine::close);
      return engine;
    }
    step = "joining the cluster, for which most of its founding nodes must be there";
    ClusterMember joined = ClusterMember.join(config, config.cluster().get(), clock, news);
    undos.push(joined::close);
    var _ = joined.node().whenFailed().thenAccept(news::failed);
    member = Optional.of(joined);
    step = "";
    return joined.engine();
  }

  /** Read before anything is opened: most mistakes in it show at once. */
  private Optional<DefinitionsFile> definitions() throws StartException {
    try {
      return config.data().definitions().isEmpty()
          ? Optional.empty()
          : Optional.of(DefinitionsFile.read(config.data().definitions().get()));
    } catch (ConfigException e) {
      throw new StartException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }

  private static void apply(DefinitionsFile definitions, Engine engine) throws StartException {
    try {
      int changes = StartDefinitions.apply(definitions, engine);
      LOG.info("data.definitions: {} topics and groups made or changed", changes);
    } catch (ConfigException e) {
      throw new StartException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }

  /** Buffers that can't be allocated end connections; better to hear of it now. */
  private void warnOfLittleMemory(ReplyBudget replies) {
    long wanted =
        config.grpc().inflightBytes()
            + replies.maxBytes()
            + replies.chunks().maxBytes()
            + config.log().hotTailBytes()
            + SPARE_DIRECT_BYTES;
    long there = PlatformDependent.maxDirectMemory();
    if (there < wanted) {
      LOG.warn(
          "grpc.inflight-bytes, grpc.reply-bytes and log.hot-tail-bytes may need {} MiB outside the"
              + " heap (replies twice), and the JVM allows {}: raise -XX:MaxDirectMemorySize, or lower them",
          wanted >> 20,
          there >> 20);
    }
  }

  private ServerCertificate certificate(DataFolder folder) throws StartException {
    try {
      return ServerCertificate.open(config.tls(), folder.tls(), clock);
    } catch (IOException e) {
      ExitCode code = config.tls().certificate().isPresent() ? ExitCode.USAGE : ExitCode.DATA;
      throw new StartException(code, "TLS can't be set up: " + e.getMessage());
    }
  }

  private Tokens tokens(DataFolder folder) throws StartException {
    try {
      return Tokens.open(config.http().tokens(), folder.tokens(), clock, Rooms::runInBackground);
    } catch (IOException e) {
      throw new StartException(ExitCode.DATA, "tokens can't be checked: " + e.getMessage());
    }
  }

  private WebhookKeys webhookKeys(DataFolder folder) throws StartException {
    try {
      Duration maxAge = config.http().webhooks().keyAge();
      return member.isEmpty()
          ? WebhookKeys.open(folder.path(), clock.wallMillis(), maxAge)
          : member.get().webhookKeys(clock.wallMillis(), maxAge);
    } catch (IOException e) {
      throw new StartException(
          ExitCode.DATA, "the keys of webhooks can't be had: " + e.getMessage());
    }
  }

  private HttpFrontDoor openHttp() throws StartException {
    try {
      return HttpFrontDoor.open(config.http(), new ServerHealth(), this::scrape);
    } catch (IOException e) {
      throw new StartException(
          ExitCode.ADDRESS,
          "can't listen on %s for HTTP (http.address): %s; choose another address with --http"
              .formatted(config.http().address(), e.getMessage()));
    }
  }

  private void warmUp(GrpcFrontDoor door) throws StartException {
    try {
      Server practice = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      new WarmUp(practice.getPort()).run();
      stop(practice, () -> {});
    } catch (IOException e) {
      throw new StartException(
          ExitCode.ADDRESS, "can't listen on the loopback network: " + reason(e));
    }
  }

  private void openGrpc(GrpcFrontDoor door, List<GrpcRoom> rooms) throws StartException {
    try {
      Server port = door.listen(config.grpc().address().toSocketAddress());
      grpcPort = port.getPort();
      undos.push(() -> {
        // A connection that has ended before, also after the word that it leaves, was lost.
        door.endsInOrder(true);
        port.shutdown();
        rooms.forEach(GrpcRoom::drain);
        stop(port, () -> door.endsInOrder(false));
      });
      door.setServing(true);
      notServing = () -> door.setServing(false);
      undos.push(() -> door.setServing(false));
    } catch (IOException e) {
      throw new StartException(
          ExitCode.ADDRESS,
          "can't listen on %s for gRPC (grpc.address): %s; choose another address with --grpc"
              .formatted(config.grpc().address(), reason(e)));
    }
  }

  /** Netty wraps what the operating system said. */
  private static String reason(IOException e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  /**
   * Lets the open calls end, then cuts off those that don't.
   *
   * @param cutsOff is run before
   */
  private static void stop(Server port, Runnable cutsOff) {
    try {
      port.shutdown();
      if (!port.awaitTermination(DRAIN_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
        cutsOff.run();
        port.shutdownNow();
        port.awaitTermination(ABORT_TIME.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      port.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private Metrics count(Engine engine, GrpcFrontDoor door, ReplyBudget replies, HttpMetrics http) {
    Metrics counting =
        new Metrics(
            engine::stats,
            door.counts(),
            door.budget(),
            replies,
            http,
            BuildInfo.current().version());
    member.ifPresent(each -> counting.addCluster(each.node()::figures));
    metrics.complete(counting);
    return counting;
  }

  /** Empty in the moment before metrics are loaded. */
  private String scrape() {
    return metrics.isDone() ? metrics.join().scrape() : "";
  }

  private void stopCounting() {
    if (metrics.isDone()) {
      metrics.join().close();
    }
  }

  private void engineFailed(Throwable cause) {
    failure = String.valueOf(cause.getMessage());
    State before = state.getAndUpdate(now -> now == State.STOPPING ? now : State.FAILED);
    if (before == State.STARTING || before == State.READY) {
      LOG.error("the log or the index failed: nothing more is stored, the server stops", cause);
    }
  }

  /** Completes when the engine has failed: the server answers nothing any more and is to end. */
  public CompletableFuture<ExitCode> failure() {
    return news.failure().thenApply(cause -> ExitCode.ENGINE);
  }

  public int grpcPort() {
    return grpcPort;
  }

  public int httpPort() {
    return httpPort;
  }

  /**
   * Drains and stops, in less than five seconds after {@code cluster.leave-delay}. A second call
   * does nothing.
   */
  @Override
  public void close() {
    State before = state.getAndSet(State.STOPPING);
    if (before == State.STOPPING) {
      return;
    }
    if (before == State.READY) {
      letBalancersLeave();
    }
    long startNanos = clock.nanos();
    LOG.info("stopping: no new calls, waiting polls are answered");
    undoAll();
    LOG.info("stopped in {} ms", Duration.ofNanos(clock.nanos() - startNanos).toMillis());
  }

  /** Still serves, but says that it is not ready: whoever spreads requests goes elsewhere. */
  private void letBalancersLeave() {
    Duration delay =
        config.cluster().map(each -> each.tuning().rhythm().leaveDelay()).orElse(Duration.ZERO);
    if (delay.isZero()) {
      return;
    }
    LOG.info("not ready any more; the stop begins in {} ms", delay.toMillis());
    notServing.run();
    try {
      var _ = news.failure().get(delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException over) {
      LOG.debug("load balancers had their time");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void undoAll() {
    while (!undos.isEmpty()) {
      try {
        undos.pop().run();
      } catch (IOException e) {
        LOG.warn("one step of the stop failed; going on with the others", e);
      }
    }
  }

  /** Safe for all threads: reads the server's state. */
  private final class ServerHealth implements HttpFrontDoor.Health {
    @Override
    public boolean isLive() {
      return state.get() != State.FAILED;
    }

    @Override
    public String failure() {
      return "the log or the index failed: " + failure;
    }

    @Override
    public String notReadyReason() {
      return switch (state.get()) {
        case READY -> member.flatMap(each -> each.node().notReadyReason()).orElse("");
        case STARTING -> step.isEmpty() ? "starting" : "starting: " + step;
        case STOPPING -> "stopping";
        case FAILED -> "the log or the index failed";
      };
    }

    @Override
    public boolean hasStarted() {
      return hasStarted;
    }

    @Override
    public String remark() {
      return member.map(each -> each.node().remark()).orElse("");
    }
  }
}
