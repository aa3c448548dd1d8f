package io.rivulet.bench;

import apache.rocketmq.v2.Message;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.Fairness;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.api.v1.Limits;
import io.rivulet.api.v1.Rate;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. What the scheduler's gates cost whoever receives. */
@Command(
    name = "gates",
    mixinStandardHelpOptions = true,
    description = {
      "Fills two topics with the messages of many tenants and receives and acknowledges all: of one"
          + " through a group without rules, of the other through a group with all gates in force"
          + " and wide open (rates of messages and cost, of the group and of each tenant;"
          + " concurrency of group, tenant and client; fairness). In turns, several rounds; the"
          + " first is a warm-up.",
      "Rivulet only: it speaks rivulet.v1 to define the groups. --seconds and --warm-up don't count."
    })
final class GatesCommand implements Callable<Integer> {
  private static final String FAIRNESS_PROPERTY = "rivulet-fairness-key";
  private static final String COST_PROPERTY = "rivulet-cost";
  private static final int AMPLE = 1_000_000;
  private static final int MAX_RECEIVED = 32;
  private static final Duration INVISIBLE = Duration.ofMinutes(5);
  private static final Duration WAIT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--messages",
      paramLabel = "N",
      description = "Messages in each round and topic (${DEFAULT-VALUE}).",
      defaultValue = "100000")
  private int messages;

  @Option(
      names = "--tenants",
      paramLabel = "N",
      description = "Fairness keys (${DEFAULT-VALUE}).",
      defaultValue = "100")
  private int tenants;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds that count (${DEFAULT-VALUE}).",
      defaultValue = "5")
  private int rounds;

  @Option(
      names = "--consumers",
      paramLabel = "N",
      description = "Connections, each with one receive in flight (${DEFAULT-VALUE}).",
      defaultValue = "8")
  private int consumers;

  /** One of the two sides. */
  private record Side(String name, String topic, List<RawClient> clients, List<Double> rates) {}

  @Override
  public Integer call() throws IOException {
    String topic = options.topicOr("bench-gates");
    List<Side> sides = new ArrayList<>();
    try (RivuletClient client = RivuletClient.connect(options.endpoint)) {
      sides.add(side(client, "none", topic, Scheduling.getDefaultInstance()));
      sides.add(side(client, "all", topic, wideOpen()));
      long[] cpuMicros = new long[sides.size()];
      for (int round = 0; round <= rounds; round++) {
        for (int i = 0; i < sides.size(); i++) {
          // Whoever is first in one round is second in the next.
          int which = (i + round) % sides.size();
          Side side = sides.get(which);
          fill(client, side.topic);
          long before = options.costs().cpuMicros();
          double perSecond = drain(side);
          if (round > 0) {
            side.rates.add(perSecond);
            cpuMicros[which] += options.costs().cpuMicros() - before;
          }
        }
      }
      System.out.println(line(sides, cpuMicros));
    } finally {
      sides.forEach(side -> side.clients.forEach(RawClient::close));
    }
    return 0;
  }

  private Side side(RivuletClient client, String name, String prefix, Scheduling rules) {
    String topic = prefix + "-" + name;
    client
        .admin()
        .defineTopic(
            TopicDefinition.newBuilder()
                .setName(topic)
                .setType(TopicType.TOPIC_TYPE_NORMAL)
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
    client
        .admin()
        .defineGroup(
            GroupDefinition.newBuilder()
                .setName(topic)
                .setKind(GroupKind.GROUP_KIND_STANDARD)
                .setScheduling(rules)
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < consumers; i++) {
      clients.add(RawClient.consumer(options.endpoint, topic, topic));
    }
    return new Side(name, topic, clients, new ArrayList<>());
  }

  private static Scheduling wideOpen() {
    Rate rate = Rate.newBuilder().setPerSecond(1e9).build();
    Limits limits =
        Limits.newBuilder().setMessages(rate).setCost(rate).setConcurrency(AMPLE).build();
    return Scheduling.newBuilder()
        .setLimits(limits)
        .setClientConcurrency(AMPLE)
        .setFairness(Fairness.newBuilder().setProperty(FAIRNESS_PROPERTY).setPerKey(limits))
        .build();
  }

  private void fill(RivuletClient client, String topic) {
    byte[] body = options.body();
    long[] sent = new long[1];
    try (BatchingProducer producer = client.producer(topic, ProducerSettings.usual())) {
      LoadResult result =
          new LoadLoop(
                  _ ->
                      producer.send(
                          OutgoingMessage.of(body)
                              .property(FAIRNESS_PROPERTY, "tenant-" + sent[0]++ % tenants)
                              .property(COST_PROPERTY, "7")),
                  16_384)
              .requests(messages);
      if (result.failures() > 0) {
        throw new IllegalStateException("not all was sent: " + result.firstFailure());
      }
    }
  }

  /** Messages a second, from the first receive to the last acknowledgement. */
  private double drain(Side side) {
    Drain drain = new Drain(messages, side.clients.size());
    long begin = System.nanoTime();
    side.clients.forEach(drain::next);
    await(drain.unacknowledged, side);
    double seconds = (System.nanoTime() - begin) / 1e9;
    // Those that wait for more must not take what is sent next.
    await(drain.receiving, side);
    return messages / seconds;
  }

  private static void await(CountDownLatch latch, Side side) {
    try {
      if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("messages of " + side.topic + " did not come");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Safe for all threads: one receive of each client is in flight and its answer starts the next.
   */
  private static final class Drain {
    private final CountDownLatch unacknowledged;
    private final CountDownLatch receiving;

    private Drain(int messages, int clients) {
      unacknowledged = new CountDownLatch(messages);
      receiving = new CountDownLatch(clients);
    }

    private void next(RawClient client) {
      if (unacknowledged.getCount() == 0) {
        receiving.countDown();
        return;
      }
      CompletableFuture<?> _ =
          client
              .receive(MAX_RECEIVED, INVISIBLE, WAIT)
              .whenComplete((received, failure) -> {
                if (received == null) {
                  System.err.println("a receive failed: " + failure);
                  return;
                }
                next(client);
                received.forEach(each -> acknowledge(client, each));
              });
    }

    private void acknowledge(RawClient client, Message message) {
      CompletableFuture<?> _ =
          client
              .acknowledge(message)
              .whenComplete((_, refusal) -> {
                if (refusal == null) {
                  unacknowledged.countDown();
                } else {
                  System.err.println("an acknowledgement failed: " + refusal);
                }
              });
    }
  }

  private JsonObject line(List<Side> sides, long[] cpuMicros) {
    JsonObject line = options.line("gates");
    line.addProperty("messages", messages);
    line.addProperty("tenants", tenants);
    line.addProperty("consumers", consumers);
    double[] medians = new double[sides.size()];
    for (int i = 0; i < sides.size(); i++) {
      Side side = sides.get(i);
      List<Double> sorted = side.rates.stream().sorted().toList();
      medians[i] = sorted.get(sorted.size() / 2);
      JsonObject figures = new JsonObject();
      figures.addProperty("messagesPerSecond", Math.round(medians[i]));
      JsonArray each = new JsonArray();
      side.rates.forEach(rate -> each.add(Math.round(rate)));
      figures.add("rounds", each);
      if (!options.serverPids.isEmpty()) {
        figures.addProperty(
            "serverCpuMicrosPerMessage",
            LoadResult.round(cpuMicros[i] / ((double) messages * rounds)));
      }
      line.add(side.name, figures);
    }
    line.addProperty("allOfNone", LoadResult.round(medians[1] / medians[0]));
    return line;
  }
}
