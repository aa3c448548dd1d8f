package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.bench.load.EndToEnd;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Large messages through lite topics, small ones on others meanwhile. */
@Command(
    name = "large",
    mixinStandardHelpOptions = true,
    description = {
      "Sends large messages, each to a lite topic of its own, while small ones go to other lite"
          + " topics of another topic at a fixed rate; measures the throughput of the large and the"
          + " latency of the small ones.",
      "With --receivers, the large ones are then read by a group, small ones going on meanwhile"
          + " (Rivulet only: the group follows all lite topics)."
    })
final class LargeCommand implements Callable<Integer> {
  private static final int SMALL_BYTES = 200;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--large-size",
      paramLabel = "BYTES",
      description = "Body bytes of each large message (${DEFAULT-VALUE}).",
      defaultValue = "33554432")
  private int largeSize;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Large messages (${DEFAULT-VALUE}).",
      defaultValue = "1000")
  private int count;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Large messages without an answer (${DEFAULT-VALUE}).",
      defaultValue = "2")
  private int inFlight;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Small messages per second (${DEFAULT-VALUE}).",
      defaultValue = "200")
  private double rate;

  @Option(
      names = "--receivers",
      paramLabel = "N",
      description =
          "Consumers that then read them, one at a time each; 0: none (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int receivers;

  private int sent;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String smallTopic = options.topicOr("bench-large") + "-small";
    // Of its own if it is read too, so that nobody receives what an earlier run has sent.
    String topic =
        options.topicOr("bench-large")
            + (receivers > 0 ? "-" + Long.toString(System.nanoTime(), 36) : "");
    try (RawClient large = RawClient.producer(options.endpoint, topic);
        RawClient small = RawClient.producer(options.endpoint, smallTopic)) {
      new LoadLoop(small(small, smallTopic), 1024).atRate(rate, options.warmUp());
      List<RawClient> consumers = consumers(topic);
      measure("send", small, () -> sendLarge(large, topic));
      if (receivers > 0) {
        measure("receive", small, () -> receiveLarge(consumers));
      }
      consumers.forEach(RawClient::close);
    }
    return 0;
  }

  /** Small messages flow for as long as the large ones take. */
  private void measure(String phase, RawClient small, Supplier<LoadResult> large)
      throws IOException, InterruptedException {
    ProcessCosts before = options.costs();
    AtomicReference<LoadResult> bulk = new AtomicReference<>();
    Thread moving = Thread.ofPlatform().start(() -> bulk.set(large.get()));
    EndToEnd latency = new EndToEnd();
    Sender sender = small(small, options.topicOr("bench-large") + "-small");
    while (moving.isAlive()) {
      LoadResult some = new LoadLoop(sender, 1024).atRate(rate, Duration.ofMillis(500));
      latency.latencyNanos().add(some.latencyNanos());
    }
    moving.join();
    print(phase, bulk.get(), latency, before);
  }

  /** Of a group that follows all lite topics. */
  private List<RawClient> consumers(String topic) {
    List<RawClient> consumers = new ArrayList<>();
    if (receivers > 0) {
      String group = "bench-large-" + Long.toString(System.nanoTime(), 36);
      try (RivuletClient admin = RivuletClient.connect(options.endpoint)) {
        admin
            .admin()
            .defineGroup(
                GroupDefinition.newBuilder()
                    .setName(group)
                    .setKind(GroupKind.GROUP_KIND_LITE)
                    .setBoundTopic(topic)
                    .setLitePrefix("")
                    .build(),
                DefineMode.DEFINE_MODE_UNSPECIFIED);
      }
      for (int i = 0; i < receivers; i++) {
        consumers.add(RawClient.liteConsumer(options.endpoint, group, topic));
      }
    }
    return consumers;
  }

  /** Each consumer asks for the next as soon as it has acknowledged one. */
  private LoadResult receiveLarge(List<RawClient> consumers) {
    ConcurrentLinkedQueue<RawClient> idle = new ConcurrentLinkedQueue<>(consumers);
    Sender sender =
        _ -> {
          RawClient consumer = Objects.requireNonNull(idle.poll(), "as many as are in flight");
          return consumer
              .receive(1, Duration.ofSeconds(60), Duration.ofSeconds(20))
              .thenCompose(messages -> {
                if (messages.size() != 1 || messages.getFirst().getBody().size() != largeSize) {
                  throw new IllegalStateException(messages.size() + " messages were received");
                }
                return consumer.acknowledge(messages.getFirst());
              })
              .whenComplete((_, _) -> idle.add(consumer));
        };
    return new LoadLoop(sender, consumers.size()).requests(count);
  }

  private LoadResult sendLarge(RawClient client, String topic) {
    byte[] body = options.body();
    byte[] large = new byte[largeSize];
    for (int at = 0; at < large.length; at += body.length) {
      System.arraycopy(body, 0, large, at, Math.min(body.length, large.length - at));
    }
    RawMessages messages = new RawMessages(topic);
    String prefix = "l" + Long.toString(System.nanoTime(), 36) + "-";
    Sender sender = _ -> client.send(messages.toLiteTopic(large, prefix + sent++));
    return new LoadLoop(sender, inFlight).requests(count);
  }

  private static Sender small(RawClient client, String topic) {
    RawMessages messages = new RawMessages(topic);
    byte[] body = new byte[SMALL_BYTES];
    return _ -> client.send(messages.toLiteTopic(body, "small"));
  }

  private void print(String phase, LoadResult bulk, EndToEnd small, ProcessCosts before)
      throws IOException {
    JsonObject line = options.line("large");
    line.addProperty("phase", phase);
    line.addProperty("largeBytes", largeSize);
    line.addProperty("inFlight", phase.equals("send") ? inFlight : receivers);
    CaseOptions.merge(line, bulk.json(1));
    line.addProperty(
        "mebibytesPerSecond",
        LoadResult.round(bulk.requests() * (largeSize / 1048576.0) / (bulk.elapsedNanos() / 1e9)));
    JsonObject others = new JsonObject();
    LoadResult.addLatency(others, small.latencyNanos());
    line.add("smallMeanwhile", others);
    options.addCosts(line, before);
    System.out.println(line);
  }
}
