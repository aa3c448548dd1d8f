package io.rivulet.bench.forward;

import com.google.gson.JsonObject;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.rivulet.cluster.forward.CallCounters;
import io.rivulet.cluster.forward.Deadlines;
import io.rivulet.cluster.forward.LinkBudget;
import io.rivulet.cluster.forward.LinkGround;
import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.forward.NodeLink;
import io.rivulet.cluster.forward.NodeServer;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Calls between two nodes over the loopback, both in this process: sends of one message of 100
 * bytes with 1, 64 and 512 in flight, to a shard that answers at once on another thread; then small
 * sends one after the other, a millisecond apart, alone and beside sends of 32 MiB. One JSON line
 * per case; CPU is that of the process, for both sides of a call and the caller.
 *
 * <p>Arguments: milliseconds per round.
 */
public final class NodeLinkBenchmark implements AutoCloseable {
  private static final int[] IN_FLIGHT = {1, 64, 512};
  private static final int ROUNDS = 7;
  private static final int BODY_BYTES = 100;
  private static final int LARGE_BYTES = 32 << 20;
  private static final int LARGE_IN_FLIGHT = 2;
  private static final long PAUSE_NANOS = 1_000_000;
  private static final long LINK_BYTES = 128 << 20;

  private final ExecutorService shard = Executors.newSingleThreadExecutor();
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Server server;
  private final NodeLink link;
  private final Engine engine;
  private final long roundNanos;

  private NodeLinkBenchmark(long roundNanos) throws IOException {
    this.roundNanos = roundNanos;
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .maxInboundMessageSize(NodeServer.MOST_FRAME_BYTES)
            .flowControlWindow(NodeServer.WINDOW_BYTES)
            .addService(
                new NodeServer(
                        new NodeServer.Targets(
                            _ -> target(Engine.class),
                            target(NodeCalls.class),
                            () -> CompletableFuture.failedFuture(new IOException("no report"))),
                        ground(),
                        Clock.system(),
                        (_, _) -> {},
                        new Returns(
                            target(Engine.class),
                            Returns.Parts.whole(target(Engine.class)),
                            Clock.system(),
                            (_, _) -> {},
                            Duration.ofHours(3)))
                    .service())
            .build()
            .start();
    link =
        new NodeLink(
            "b",
            "a",
            NettyChannelBuilder.forAddress(server.getListenSockets().getFirst())
                .usePlaintext()
                .directExecutor()
                .maxInboundMessageSize(NodeServer.MOST_FRAME_BYTES)
                .flowControlWindow(NodeServer.WINDOW_BYTES)
                .disableRetry()
                .build(),
            ground());
    engine = link.shard(0);
  }

  private LinkGround ground() {
    return new LinkGround(
        new LinkBudget(LINK_BYTES),
        new LinkBudget(LINK_BYTES),
        new CallCounters(Clock.system()),
        new Deadlines(
            (delay, task) -> {
              var _ = timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
            },
            Clock.system()),
        68 << 20,
        background);
  }

  /** Answers every call alike, a moment later. */
  private <T> T target(Class<T> type) {
    Object answer =
        List.of(Outcome.ok(new SendReceipt("0123456789ABCDEF0123456789ABCDEF", 1, 2, false)));
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, _, _) -> CompletableFuture.supplyAsync(() -> answer, shard)));
  }

  private static Message message(String liteTopic, int bytes) {
    return Message.builder("chat", "0123456789ABCDEF0123456789ABCDEF", new byte[bytes])
        .liteTopic(liteTopic)
        .build();
  }

  public static void main(String[] arguments) throws Exception {
    long millis = arguments.length > 0 ? Long.parseLong(arguments[0]) : 2000;
    try (NodeLinkBenchmark benchmark = new NodeLinkBenchmark(millis * 1_000_000)) {
      for (int inFlight : IN_FLIGHT) {
        benchmark.throughput(inFlight);
      }
      benchmark.delays(0);
      benchmark.delays(LARGE_IN_FLIGHT);
    }
  }

  private void throughput(int inFlight) throws InterruptedException {
    double[] rates = new double[ROUNDS];
    double[] micros = new double[ROUNDS];
    List<Message> messages = List.of(message("session-0123456789", BODY_BYTES));
    for (int round = -2; round < ROUNDS; round++) {
      Semaphore places = new Semaphore(inFlight);
      long calls = 0;
      long cpu = cpuNanos();
      long start = System.nanoTime();
      while (System.nanoTime() - start < roundNanos) {
        places.acquire();
        var _ = engine.send("client", messages).whenComplete((_, _) -> places.release());
        calls++;
      }
      places.acquire(inFlight);
      if (round >= 0) {
        rates[round] = calls * 1e9 / (System.nanoTime() - start);
        micros[round] = (cpuNanos() - cpu) / 1e3 / calls;
      }
    }
    JsonObject line = new JsonObject();
    line.addProperty("case", "small calls");
    line.addProperty("inFlight", inFlight);
    line.addProperty("callsPerSecond", Math.round(median(rates)));
    line.addProperty("leastPerSecond", Math.round(Arrays.stream(rates).min().orElse(0)));
    line.addProperty("mostPerSecond", Math.round(Arrays.stream(rates).max().orElse(0)));
    line.addProperty("cpuMicrosPerCall", Math.round(median(micros) * 10) / 10.0);
    System.out.println(line);
  }

  private void delays(int large) throws InterruptedException {
    Histogram histogram = new Histogram(3);
    List<Message> small = List.of(message("session-0123456789", BODY_BYTES));
    List<Message> huge = Collections.singletonList(message("upload-0123456789", LARGE_BYTES));
    Semaphore places = new Semaphore(large);
    Semaphore answered = new Semaphore(0);
    long start = System.nanoTime();
    long sent = 0;
    while (System.nanoTime() - start < ROUNDS * roundNanos) {
      while (places.tryAcquire()) {
        var _ = engine.send("client", huge).whenComplete((_, _) -> places.release());
        sent += LARGE_BYTES;
      }
      long begun = System.nanoTime();
      var _ = engine.send("client", small).whenComplete((_, _) -> answered.release());
      answered.acquire();
      histogram.recordValue(System.nanoTime() - begun);
      TimeUnit.NANOSECONDS.sleep(PAUSE_NANOS);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    places.acquire(large);
    JsonObject line = new JsonObject();
    line.addProperty("case", "small calls one by one");
    line.addProperty("largeInFlight", large);
    line.addProperty("largeMiBPerSecond", Math.round(sent / seconds / (1 << 20)));
    line.addProperty("p50Micros", histogram.getValueAtPercentile(50) / 1000);
    line.addProperty("p99Micros", histogram.getValueAtPercentile(99) / 1000);
    line.addProperty("maxMicros", histogram.getMaxValue() / 1000);
    System.out.println(line);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  @Override
  public void close() {
    link.close();
    server.shutdownNow();
    shard.shutdownNow();
    background.shutdownNow();
    timer.shutdownNow();
  }
}
