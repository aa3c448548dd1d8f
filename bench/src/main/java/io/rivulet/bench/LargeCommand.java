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
import java.util.concurrent.atomic.AtomicReference;
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
          + " latency of the small ones."
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

  private int sent;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String topic = options.topicOr("bench-large");
    String smallTopic = topic + "-small";
    try (RawClient large = RawClient.producer(options.endpoint, topic);
        RawClient small = RawClient.producer(options.endpoint, smallTopic)) {
      new LoadLoop(small(small, smallTopic), 1024).atRate(rate, options.warmUp());
      ProcessCosts before = options.costs();
      AtomicReference<LoadResult> bulk = new AtomicReference<>();
      Thread sending = Thread.ofPlatform().start(() -> bulk.set(sendLarge(large, topic)));
      EndToEnd latency = new EndToEnd();
      while (sending.isAlive()) {
        LoadResult some =
            new LoadLoop(small(small, smallTopic), 1024).atRate(rate, Duration.ofSeconds(1));
        latency.latencyNanos().add(some.latencyNanos());
      }
      sending.join();
      print(bulk.get(), latency, before);
    }
    return 0;
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

  private void print(LoadResult bulk, EndToEnd small, ProcessCosts before) throws IOException {
    JsonObject line = options.line("large");
    line.addProperty("largeBytes", largeSize);
    line.addProperty("inFlight", inFlight);
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
