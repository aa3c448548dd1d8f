package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.EndToEnd;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. End-to-end latency at a fixed rate. */
@Command(
    name = "latency",
    mixinStandardHelpOptions = true,
    description = {
      "Sends at a fixed rate and measures until a consumer has each message.",
      "The time counts from when a message was due, so a stall is charged for all due meanwhile."
    })
final class LatencyCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_IN_FLIGHT = 4096;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Messages per second (${DEFAULT-VALUE}).",
      defaultValue = "1000")
  private double rate;

  @Option(
      names = "--group",
      description = "The consumer group; it must exist where groups are not made on first use.",
      defaultValue = "bench-latency")
  private String group = "";

  @Option(
      names = "--client",
      paramLabel = "raw|official",
      description = "As in 'send'; official uses its push consumer. Default: ${DEFAULT-VALUE}.",
      defaultValue = "raw")
  private SendCommand.Client client = SendCommand.Client.raw;

  @Override
  public Integer call() throws IOException {
    JsonObject line = options.line("latency");
    line.addProperty("client", client.name());
    line.addProperty("rate", rate);
    String topic = options.topicOr("bench-latency");
    switch (client) {
      case raw -> raw(topic, line);
      case official -> official(topic, line);
      case rivulet -> throw new IllegalArgumentException("latency is measured raw or official");
    }
    System.out.println(line);
    return 0;
  }

  private void official(String topic, JsonObject line) throws IOException {
    JsonObject plan = new JsonObject();
    plan.addProperty("case", "latency");
    plan.addProperty("topic", topic);
    plan.addProperty("group", group);
    plan.addProperty("rate", rate);
    OfficialCase.run(plan, options, line);
  }

  private void raw(String topic, JsonObject line) throws IOException {
    EndToEnd warm = new EndToEnd();
    EndToEnd measured = new EndToEnd();
    try (RawClient producer = RawClient.producer(options.endpoint, topic);
        RawClient consumer = RawClient.consumer(options.endpoint, group, topic)) {
      Reception reception =
          new Reception(
              consumer,
              body -> {
                warm.received(body);
                measured.received(body);
              });
      reception.begin();
      LoadResult first =
          new LoadLoop(stamping(producer, topic, warm), MAX_IN_FLIGHT)
              .atRate(rate, options.warmUp());
      warm.awaitReceived(first.requests(), PATIENCE);
      ProcessCosts before = options.costs();
      LoadResult result =
          new LoadLoop(stamping(producer, topic, measured), MAX_IN_FLIGHT)
              .atRate(rate, options.time());
      long received = measured.awaitReceived(result.requests(), PATIENCE);
      CaseOptions.merge(line, result.json(1));
      line.addProperty("received", received);
      LoadResult.addLatency(line, measured.latencyNanos());
      options.addCosts(line, before);
      reception.end();
    }
  }

  private Sender stamping(RawClient producer, String topic, EndToEnd endToEnd) {
    byte[] pattern = options.body();
    RawMessages messages = new RawMessages(topic);
    return intended -> {
      byte[] body = pattern.clone();
      endToEnd.stamp(body, intended);
      return producer.send(messages.request(body, 1));
    };
  }
}
