package io.rivulet.server.http;

import io.netty.handler.flush.FlushConsolidationHandler;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads. Each connection belongs to one event loop, and its requests run there; what
 * they are served by is volatile.
 */
public final class HttpFrontDoor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpFrontDoor.class);
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int UNAVAILABLE = 503;
  private static final int IDLE_SECONDS = 120;
  private static final long BIND_SECONDS = 10;
  private static final long CLOSE_MILLIS = 500;
  private static final String API = "/v1/";
  private static final String PLAIN = "text/plain; charset=utf-8";

  /** The format that Prometheus has scraped since version 0.0.4. */
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  /** What there is, for a person who looks. */
  private static final List<String> PATHS =
      List.of(
          "/health/live",
          "/health/ready",
          "/health/startup",
          "/metrics",
          "/openapi.json",
          "/v1/stream/{name}",
          "/v1/stream/__ds/subscriptions/{id}",
          "/v1/topics/{topic}/lite/{lite topic}/events");

  /** How the server is, for probes. */
  public interface Health {
    /** False once nothing but a restart helps. */
    boolean isLive();

    /** Why it is not live. */
    default String failure() {
      return "only a restart helps";
    }

    /** Why no requests are taken now; empty: they are. */
    String notReadyReason();

    /** Whether it was ready once: from then on a probe need not be patient. */
    default boolean hasStarted() {
      return notReadyReason().isEmpty();
    }

    /** What is to be said although it is ready; may be empty. */
    default String remark() {
      return "";
    }
  }

  /** So many flushes are taken for one, at most. */
  private static final int FLUSHES = 256;

  /** So many connections may wait to be taken; the operating system may allow fewer. */
  private static final int ACCEPT_BACKLOG = 4096;

  /** What all requests of a connection of HTTP/2 may send ahead. */
  private static final int WINDOW_BYTES = 1 << 20;

  /** In half a minute. */
  private static final int LEAST_RESETS = 200;

  private static final int RESETS_PER_STREAM = 4;

  /** Names of streams stand in the first line of a request. */
  private static final int MAX_FIRST_LINE_BYTES = 16 << 10;

  private final Vertx vertx;
  private final Health health;
  private final Supplier<String> metrics;
  private final HttpConfig config;
  private final ConnectionCounts connections;
  private volatile int port;

  /** Set before the rooms. */
  private volatile Callers callers = _ -> Caller.ANYONE;

  /** Empty until {@link #serve}. */
  private volatile List<HttpRoom> rooms = List.of();

  private HttpFrontDoor(Vertx vertx, HttpConfig config, Health health, Supplier<String> metrics) {
    this.vertx = vertx;
    this.config = config;
    connections = new ConnectionCounts(config.connections().max());
    this.health = health;
    this.metrics = metrics;
  }

  /** From now on these are served as well. */
  public void serve(List<HttpRoom> opened, Callers known) {
    callers = known;
    rooms = List.copyOf(opened);
  }

  /**
   * Listens.
   *
   * @param metrics the metrics in Prometheus' text format; called on an event loop
   * @throws IOException if the address can't be listened on, with the reason
   */
  public static HttpFrontDoor open(HttpConfig config, Health health, Supplier<String> metrics)
      throws IOException {
    int threads = config.connections().threads();
    Vertx vertx = Vertx.vertx(options(threads));
    HttpFrontDoor door = new HttpFrontDoor(vertx, config, health, metrics);
    try {
      String _ =
          vertx
              .deployVerticle(door::onLoop, new DeploymentOptions().setInstances(threads))
              .toCompletionStage()
              .toCompletableFuture()
              .get(BIND_SECONDS, TimeUnit.SECONDS);
      return door;
    } catch (ExecutionException e) {
      vertx.close();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(String.valueOf(cause.getMessage()), cause);
    } catch (TimeoutException e) {
      vertx.close();
      throw new IOException("no answer from the network after " + BIND_SECONDS + " s", e);
    } catch (InterruptedException e) {
      vertx.close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The same port on each event loop: connections go to one after the other. */
  private Deployable onLoop() {
    HttpServer server =
        vertx
            .createHttpServer(options(config))
            .connectionHandler(this::count)
            .requestHandler(this::answer);
    String host = config.address().host();
    int wanted = config.address().port();
    SocketAddress address =
        wanted == 0
            ? SocketAddress.sharedRandomPort(1, host)
            : SocketAddress.inetSocketAddress(wanted, host);
    return new VerticleBase() {
      @Override
      public Future<?> start() {
        return server.listen(address).onSuccess(bound -> port = bound.actualPort());
      }
    };
  }

  private static HttpServerOptions options(HttpConfig config) {
    HttpConfig.Connections connections = config.connections();
    return new HttpServerOptions()
        .setAcceptBacklog(ACCEPT_BACKLOG)
        .setIdleTimeout(IDLE_SECONDS)
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setMaxInitialLineLength(MAX_FIRST_LINE_BYTES)
        .setInitialSettings(new Http2Settings().setMaxConcurrentStreams(connections.maxStreams()))
        .setHttp2ConnectionWindowSize(WINDOW_BYTES)
        // Readers come and go: a proxy may end as many at once as it has.
        .setHttp2RstFloodMaxRstFramePerWindow(
            Math.max(LEAST_RESETS, RESETS_PER_STREAM * connections.maxStreams()));
  }

  private void count(HttpConnection connection) {
    if (!connections.opened()) {
      Future<Void> _ = connection.close();
    }
    connection.closeHandler(_ -> connections.closed());
    if (connection instanceof HttpServerConnection channel) {
      // What several readers on it get in one turn of the loop leaves in one system call.
      channel
          .channelHandlerContext()
          .pipeline()
          .addFirst(new FlushConsolidationHandler(FLUSHES, true));
    }
  }

  /** Nothing here is served from files or looks names up. */
  private static VertxOptions options(int threads) {
    return new VertxOptions()
        .setEventLoopPoolSize(threads)
        .setWorkerPoolSize(1)
        .setInternalBlockingPoolSize(1)
        .setAddressResolverOptions(new AddressResolverOptions().setHostsRefreshPeriod(0))
        .setFileSystemOptions(
            new FileSystemOptions()
                .setClassPathResolvingEnabled(false)
                .setFileCachingEnabled(false));
  }

  private void answer(HttpServerRequest request) {
    request.response().putHeader("x-content-type-options", "nosniff");
    if (!config.hosts().allow(request)) {
      Hosts.refusal(request).send(request.response());
      return;
    }
    String path = Objects.requireNonNullElse(request.path(), "");
    for (HttpRoom room : rooms) {
      if (room.owns(path)) {
        room.handle(request, callers.of(request));
        return;
      }
    }
    if (path.startsWith(API) && rooms.isEmpty()) {
      // What topics say of pages is not known yet, and there is nothing in it to keep from any.
      request.response().putHeader("access-control-allow-origin", "*");
      ComeAgain.answer(request, "the server is starting");
    } else {
      answerProbe(request, path);
    }
  }

  private void answerProbe(HttpServerRequest request, String path) {
    HttpServerResponse response = request.response().putHeader("content-type", PLAIN);
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      response.setStatusCode(METHOD_NOT_ALLOWED).putHeader("allow", "GET, HEAD");
      response.end("only GET and HEAD are answered here\n");
      return;
    }
    switch (path) {
      case "/" -> response.end(String.join("\n", PATHS) + "\n");
      case "/health/live" ->
          response
              .setStatusCode(health.isLive() ? OK : UNAVAILABLE)
              .end(health.isLive() ? "live\n" : "failed: " + health.failure() + "\n");
      case "/health/ready" -> {
        String reason = health.notReadyReason();
        String remark = health.remark();
        String ready = remark.isEmpty() ? "ready\n" : "ready: " + remark + "\n";
        response
            .setStatusCode(reason.isEmpty() ? OK : UNAVAILABLE)
            .end(reason.isEmpty() ? ready : "not ready: " + reason + "\n");
      }
      case "/health/startup" -> {
        boolean hasStarted = health.hasStarted();
        response
            .setStatusCode(hasStarted ? OK : UNAVAILABLE)
            .end(hasStarted ? "started\n" : "not started: " + health.notReadyReason() + "\n");
      }
      case "/metrics" -> response.putHeader("content-type", METRICS).end(metrics.get());
      default ->
          response.setStatusCode(NOT_FOUND).end("there is " + String.join(", ", PATHS) + "\n");
    }
  }

  /** For rooms that ask others. */
  public Vertx vertx() {
    return vertx;
  }

  public int port() {
    return port;
  }

  public ConnectionCounts connections() {
    return connections;
  }

  @Override
  public void close() {
    rooms.forEach(HttpRoom::drain);
    try {
      vertx
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("the HTTP port did not close in {} ms: {}", CLOSE_MILLIS, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
