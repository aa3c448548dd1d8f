package io.rivulet.server.telemetry;

import io.grpc.Status;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.rivulet.cluster.node.ClusterFigures;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.server.grpc.CallCounts;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.http.ConnectionCounts;
import io.rivulet.server.http.HttpMetrics;
import io.rivulet.server.http.feed.Feeds;
import io.rivulet.server.network.RequestBudget;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: Micrometer's registry is, and the engine's readings are one immutable
 * record behind a volatile field, so that all of one scrape belong together.
 */
public final class Metrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
  private final GroupMetrics groups = new GroupMetrics(registry);
  private final Supplier<EngineStats> source;
  private volatile EngineStats stats;
  private volatile @Nullable ClusterReading cluster;

  /**
   * Registers everything.
   *
   * @param version of the server, a label of {@code rivulet_build_info}
   */
  public Metrics(
      Supplier<EngineStats> source,
      CallCounts calls,
      RequestBudget budget,
      ReplyBudget replies,
      HttpMetrics http,
      String version) {
    this.source = source;
    this.stats = source.get();
    EngineMetric.ALL.forEach(this::register);
    groups.show(stats.groups());
    registerCalls(calls, budget);
    registerReplies(replies);
    registerHttp(http);
    Gauge.builder("rivulet.build.info", () -> 1)
        .description("Always 1; what is running is in the labels.")
        .tag("version", version)
        .tag("java", Runtime.version().toString())
        .register(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    garbageCollection.bindTo(registry);
  }

  private void register(EngineMetric metric) {
    if (metric.isCounter()) {
      FunctionCounter.builder(
              metric.name(), this, metrics -> metric.reading().applyAsLong(metrics.stats))
          .description(metric.help())
          .tags(metric.tags())
          .register(registry);
    } else {
      Gauge.builder(metric.name(), this, metrics -> metric.reading().applyAsLong(metrics.stats))
          .description(metric.help())
          .tags(metric.tags())
          .register(registry);
    }
  }

  private void registerCalls(CallCounts calls, RequestBudget budget) {
    for (Status.Code code : Status.Code.values()) {
      FunctionCounter.builder("rivulet.grpc.calls", calls, counts -> counts.ended(code))
          .description("gRPC calls ended, by gRPC status; refusals inside a reply count as OK.")
          .tag("code", code.name())
          .register(registry);
    }
    Gauge.builder("rivulet.grpc.calls.open", calls, CallCounts::open)
        .description("gRPC calls open, waiting polls and streams included.")
        .register(registry);
    Gauge.builder("rivulet.grpc.inflight.bytes", budget, RequestBudget::bytesInUse)
        .description("Request bytes held in memory.")
        .register(registry);
    Gauge.builder("rivulet.grpc.inflight.limit.bytes", budget, RequestBudget::maxBytes)
        .description("Request bytes that may be held in memory: grpc.inflight-bytes.")
        .register(registry);
    FunctionCounter.builder("rivulet.grpc.inflight.refused", budget, RequestBudget::refusals)
        .description("Calls told to come again because the limit was reached.")
        .register(registry);
  }

  private void registerReplies(ReplyBudget replies) {
    Gauge.builder("rivulet.grpc.reply.bytes", replies, ReplyBudget::bytesInUse)
        .description("Bytes of large replies held in memory.")
        .register(registry);
    Gauge.builder("rivulet.grpc.reply.limit.bytes", replies, ReplyBudget::maxBytes)
        .description("Bytes of large replies that may be held in memory: grpc.reply-bytes.")
        .register(registry);
    FunctionCounter.builder("rivulet.grpc.reply.late", replies, ReplyBudget::lateReplies)
        .description("Large replies broken off because nobody read them: grpc.reply-timeout.")
        .register(registry);
  }

  /** Readers and connections over HTTP as well. */
  public Metrics add(Feeds feeds, ConnectionCounts connections) {
    Gauge.builder("rivulet.http.connections", connections, ConnectionCounts::open)
        .description("Connections over HTTP that are open; http.max-connections can be.")
        .register(registry);
    FunctionCounter.builder(
            "rivulet.http.connections.refused", connections, ConnectionCounts::refused)
        .description("Connections over HTTP that were closed at once: http.max-connections.")
        .register(registry);
    Gauge.builder("rivulet.http.readers.limit", feeds, Feeds::maxReaders)
        .description("Readers of events that may be connected: http.max-readers.")
        .register(registry);
    Gauge.builder("rivulet.http.readers.paused", feeds, Feeds::pausedReaders)
        .description("Readers of events whose connection takes nothing at the moment.")
        .register(registry);
    FunctionCounter.builder("rivulet.http.readers.refused", feeds, Feeds::refusedReaders)
        .description("Readers of events asked to come again: http.max-readers.")
        .register(registry);
    FunctionCounter.builder("rivulet.http.readers.cut.off", feeds, Feeds::readersCutOff)
        .description("Readers of events cut off because they did not read: http.slow-reader-time.")
        .register(registry);
    Gauge.builder("rivulet.http.feeds", feeds, Feeds::sessions)
        .description("Sessions with readers of events at their end; each is read once for all.")
        .register(registry);
    FunctionCounter.builder("rivulet.http.feed.pages", feeds, Feeds::pages)
        .description("Pages of messages read and written out at the end of sessions.")
        .register(registry);
    FunctionCounter.builder("rivulet.http.feed.deliveries", feeds, Feeds::deliveries)
        .description("Pages handed to readers there; each page to all readers of its session.")
        .register(registry);
    return this;
  }

  /** What is given back as well. */
  public Metrics add(Returns returns) {
    Gauge.builder("rivulet.returns.waiting", returns, Returns::waiting)
        .description("Leases that nobody got, and clients in doubt, that wait for another try.")
        .register(registry);
    FunctionCounter.builder("rivulet.returns.given.up", returns, Returns::givenUp)
        .description("Clients that may go on holding leases of which they know nothing.")
        .register(registry);
    return this;
  }

  /** The room on the disk that a folder is on as well. */
  public Metrics addDisk(Path folder) {
    new DiskSpaceMetrics(folder.toAbsolutePath().toFile()).bindTo(registry);
    return this;
  }

  private void registerHttp(HttpMetrics http) {
    for (HttpMetrics.Route route : HttpMetrics.Route.values()) {
      for (int statusClass : HttpMetrics.STATUS_CLASSES) {
        FunctionCounter.builder(
                "rivulet.http.requests", http, counts -> counts.answers(route, statusClass))
            .description("HTTP requests of which the answer has begun.")
            .tag("route", label(route))
            .tag("status", statusClass + "xx")
            .register(registry);
      }
    }
    for (HttpMetrics.Reader reader : HttpMetrics.Reader.values()) {
      Gauge.builder("rivulet.http.readers", http, counts -> counts.readers(reader))
          .description("Readers that are there now.")
          .tag("kind", label(reader))
          .register(registry);
    }
    Gauge.builder("rivulet.http.waiting", http, HttpMetrics::waiting)
        .description("REST calls in the engine that may wait for messages or replies.")
        .register(registry);
    Gauge.builder("rivulet.http.waiting.limit", http, HttpMetrics::maxWaiting)
        .description("How many may wait: http.max-waiting.")
        .register(registry);
    FunctionCounter.builder("rivulet.http.waiting.refused", http, HttpMetrics::refusedToWait)
        .description("REST calls told to come again because that limit was reached.")
        .register(registry);
  }

  /** Safe for all threads: a volatile field. A node of a cluster, read once for each scrape. */
  private static final class ClusterReading {
    private final Supplier<ClusterFigures> source;
    private volatile ClusterFigures figures;

    ClusterReading(Supplier<ClusterFigures> source) {
      this.source = source;
      figures = source.get();
    }

    double read(ClusterMetric metric) {
      return metric.reading().applyAsDouble(figures);
    }
  }

  /** A node of a cluster as well. */
  public Metrics addCluster(Supplier<ClusterFigures> node) {
    ClusterReading reading = new ClusterReading(node);
    for (ClusterMetric metric : ClusterMetric.ALL) {
      if (metric.isCounter()) {
        FunctionCounter.builder(metric.fullName(), reading, each -> each.read(metric))
            .description(metric.help())
            .tags(metric.tags())
            .register(registry);
      } else {
        Gauge.builder(metric.fullName(), reading, each -> each.read(metric))
            .description(metric.help())
            .tags(metric.tags())
            .register(registry);
      }
    }
    cluster = reading;
    return this;
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Everything, in Prometheus' text format. */
  public String scrape() {
    EngineStats now = source.get();
    stats = now;
    groups.show(now.groups());
    ClusterReading node = cluster;
    if (node != null) {
      node.figures = node.source.get();
    }
    return registry.scrape();
  }

  @Override
  public void close() {
    garbageCollection.close();
    registry.close();
  }
}
