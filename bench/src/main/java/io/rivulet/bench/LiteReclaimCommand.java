package io.rivulet.bench;

import com.google.gson.JsonObject;
import com.google.protobuf.Duration;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Lite topics expire while messages flow to others. */
@Command(
    name = "lite-reclaim",
    mixinStandardHelpOptions = true,
    description = {
      "Makes lite topics with a TTL, lets them expire while messages flow to others at a fixed rate,"
          + " and measures that flow before, meanwhile (the worst window) and afterwards.",
      "Rivulet only: the TTL is set through rivulet.v1."
    })
final class LiteReclaimCommand implements Callable<Integer> {
  private static final java.time.Duration WINDOW = java.time.Duration.ofSeconds(5);
  private static final int MAX_IN_FLIGHT = 4096;
  private static final int FLOW_LITE_TOPICS = 1000;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Lite topics that expire (${DEFAULT-VALUE}).",
      defaultValue = "1000000")
  private long count;

  @Option(
      names = "--ttl",
      paramLabel = "SECONDS",
      description = "Longer than it takes to make them (${DEFAULT-VALUE}).",
      defaultValue = "60")
  private int ttlSeconds;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Messages per second to other lite topics (${DEFAULT-VALUE}).",
      defaultValue = "1000")
  private double rate;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "First messages in each request (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int batch;

  private long made;

  @Override
  public Integer call() throws IOException {
    String flowTopic = options.topicOr("bench-flow");
    String topic = flowTopic + "-expiring";
    try (RivuletClient admin = RivuletClient.connect(options.endpoint)) {
      define(admin, flowTopic, 86_400);
      define(admin, topic, ttlSeconds);
      try (RawClient producer = RawClient.producer(options.endpoint, flowTopic);
          RawClient filler = RawClient.producer(options.endpoint, topic)) {
        Sender flow = flow(producer, flowTopic);
        new LoadLoop(flow, MAX_IN_FLIGHT).atRate(rate, options.warmUp());
        print("before", measure(flow, options.time()));
        fill(filler, topic);
        awaitExpiry(flow, admin, topic);
        reclaim(flow, admin, topic);
        print("after", measure(flow, options.time()));
      }
    }
    return 0;
  }

  private static void define(RivuletClient admin, String topic, int ttl) {
    admin
        .admin()
        .defineTopic(
            TopicDefinition.newBuilder()
                .setName(topic)
                .setType(TopicType.TOPIC_TYPE_LITE)
                .setLiteTtl(Duration.newBuilder().setSeconds(ttl))
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
  }

  private Sender flow(RawClient producer, String topic) {
    RawMessages messages = new RawMessages(topic);
    byte[] body = options.body();
    SplittableRandom random = new SplittableRandom(1);
    return _ ->
        producer.send(messages.toLiteTopic(body, "flow-" + random.nextInt(FLOW_LITE_TOPICS)));
  }

  private void fill(RawClient filler, String topic) {
    RawMessages messages = new RawMessages(topic);
    byte[] body = options.body();
    Sender sender =
        _ -> {
          List<String> names = new ArrayList<>(batch);
          for (int i = 0; i < batch; i++) {
            names.add("e" + made++);
          }
          return filler.send(messages.toLiteTopics(body, names));
        };
    LoadResult result = new LoadLoop(sender, 16).requests(count / batch);
    if (result.failures() > 0) {
      throw new IllegalStateException("not all could be made: " + result.firstFailure());
    }
  }

  private static boolean isThere(RivuletClient admin, String topic, String prefix) {
    return admin.admin().liteTopics(topic, prefix, 1, "").getLiteTopicsCount() > 0;
  }

  /** Until the first of them has gone. */
  private void awaitExpiry(Sender flow, RivuletClient admin, String topic) {
    while (admin.admin().liteTopics(topic, "e0", 1, "").getLiteTopicsList().stream()
        .anyMatch(each -> each.getName().equals("e0"))) {
      new LoadLoop(flow, MAX_IN_FLIGHT).atRate(rate, java.time.Duration.ofSeconds(1));
    }
  }

  private void reclaim(Sender flow, RivuletClient admin, String topic) throws IOException {
    long begin = System.nanoTime();
    JsonObject worst = measure(flow, WINDOW);
    while (isThere(admin, topic, "e")) {
      JsonObject next = measure(flow, WINDOW);
      if (next.get("p99Millis").getAsDouble() > worst.get("p99Millis").getAsDouble()) {
        worst = next;
      }
    }
    worst.addProperty("reclaimSeconds", LoadResult.round((System.nanoTime() - begin) / 1e9));
    print("reclaim", worst);
  }

  private JsonObject measure(Sender flow, java.time.Duration time) throws IOException {
    JsonObject line = options.line("lite-reclaim");
    line.addProperty("liteTopics", made);
    ProcessCosts before = options.costs();
    CaseOptions.merge(line, new LoadLoop(flow, MAX_IN_FLIGHT).atRate(rate, time).json(1));
    options.addCosts(line, before);
    return line;
  }

  private static void print(String phase, JsonObject line) {
    line.addProperty("phase", phase);
    System.out.println(line);
  }
}
