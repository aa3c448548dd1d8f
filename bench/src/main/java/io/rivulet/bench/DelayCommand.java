package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Messages wait for their time while others flow. */
@Command(
    name = "delay",
    mixinStandardHelpOptions = true,
    description = {
      "Sends messages that are to be delivered later, all within --spread, while messages flow to"
          + " lite topics at a fixed rate, and measures that flow before, while the others wait,"
          + " while their time comes (the worst window) and afterwards.",
      "Rivulet only: how many wait is asked through rivulet.v1."
    })
final class DelayCommand implements Callable<Integer> {
  private static final Duration WINDOW = Duration.ofSeconds(2);
  private static final int MAX_IN_FLIGHT = 4096;
  private static final int FLOW_LITE_TOPICS = 1000;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Messages that wait (${DEFAULT-VALUE}).",
      defaultValue = "1000000")
  private long count;

  @Option(
      names = "--lead",
      paramLabel = "SECONDS",
      description = "When the first is due: longer than it takes to send them (${DEFAULT-VALUE}).",
      defaultValue = "60")
  private int leadSeconds;

  @Option(
      names = "--spread",
      paramLabel = "SECONDS",
      description = "Within so long after the first, at random (${DEFAULT-VALUE}).",
      defaultValue = "10")
  private int spreadSeconds;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Messages per second to lite topics (${DEFAULT-VALUE}).",
      defaultValue = "1000")
  private double rate;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Messages that wait in each request (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int batch;

  @Override
  public Integer call() throws IOException {
    String flowTopic = options.topicOr("bench-flow");
    String topic = flowTopic + "-later";
    try (RivuletClient admin = RivuletClient.connect(options.endpoint);
        RawClient producer = RawClient.producer(options.endpoint, flowTopic);
        RawClient filler = RawClient.producer(options.endpoint, topic)) {
      Sender flow = flow(producer, flowTopic);
      new LoadLoop(flow, MAX_IN_FLIGHT).atRate(rate, options.warmUp());
      print("before", measure(flow, options.time()));
      long due = System.currentTimeMillis() + leadSeconds * 1000L;
      park(filler, topic, due);
      print("waiting", measure(flow, options.time()));
      await(flow, due - System.currentTimeMillis() - WINDOW.toMillis());
      join(flow, admin, topic, due);
      print("after", measure(flow, options.time()));
    }
    return 0;
  }

  private Sender flow(RawClient producer, String topic) {
    RawMessages messages = new RawMessages(topic);
    byte[] body = options.body();
    SplittableRandom random = new SplittableRandom(1);
    return _ ->
        producer.send(messages.toLiteTopic(body, "flow-" + random.nextInt(FLOW_LITE_TOPICS)));
  }

  private void park(RawClient filler, String topic, long due) throws IOException {
    RawMessages messages = new RawMessages(topic);
    byte[] body = options.body();
    SplittableRandom random = new SplittableRandom(2);
    Sender sender =
        _ -> {
          long[] times = new long[batch];
          for (int i = 0; i < batch; i++) {
            times[i] = due + random.nextLong(spreadSeconds * 1000L + 1);
          }
          return filler.send(messages.delayed(body, times));
        };
    JsonObject line = options.line("delay");
    ProcessCosts before = options.costs();
    LoadResult result = new LoadLoop(sender, 16).requests(count / batch);
    if (result.failures() > 0) {
      throw new IllegalStateException("not all could be sent: " + result.firstFailure());
    }
    CaseOptions.merge(line, result.json(batch));
    options.addCosts(line, before);
    print("parking", line);
  }

  private void await(Sender flow, long millis) {
    if (millis > 0) {
      var _ = new LoadLoop(flow, MAX_IN_FLIGHT).atRate(rate, Duration.ofMillis(millis));
    }
  }

  private void join(Sender flow, RivuletClient admin, String topic, long due) throws IOException {
    JsonObject worst = measure(flow, WINDOW);
    while (admin.admin().topic(topic).getParked() > 0) {
      JsonObject next = measure(flow, WINDOW);
      if (next.get("p99Millis").getAsDouble() > worst.get("p99Millis").getAsDouble()) {
        worst = next;
      }
    }
    long last = due + spreadSeconds * 1000L;
    worst.addProperty("doneAfterLastMillis", Math.max(0, System.currentTimeMillis() - last));
    print("joining", worst);
  }

  private JsonObject measure(Sender flow, Duration time) throws IOException {
    JsonObject line = options.line("delay");
    line.addProperty("delayed", count);
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
