package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Each request makes a lite topic by sending its first message. */
@Command(
    name = "lite-create",
    mixinStandardHelpOptions = true,
    description = "Makes lite topics, each by the first message sent to it.")
final class LiteCreateCommand implements Callable<Integer> {
  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Requests without an answer (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int inFlight;

  @Override
  public Integer call() throws IOException {
    JsonObject line = options.line("lite-create");
    line.addProperty("client", "raw");
    line.addProperty("inFlight", inFlight);
    String topic = options.topicOr("bench-lite");
    byte[] body = options.body();
    RawMessages messages = new RawMessages(topic);
    String prefix = "s" + Long.toString(System.nanoTime(), 36) + "-";
    AtomicLong count = new AtomicLong();
    try (RawClient producer = RawClient.producer(options.endpoint, topic)) {
      Sender sender =
          intended -> producer.send(messages.toLiteTopic(body, prefix + count.getAndIncrement()));
      Duration warmUp = options.warmUp();
      new LoadLoop(sender, inFlight).asFastAsAllowed(warmUp);
      ProcessCosts before = options.costs();
      LoadResult result = new LoadLoop(sender, inFlight).asFastAsAllowed(options.time());
      CaseOptions.merge(line, result.json(1));
      options.addCosts(line, before);
    }
    System.out.println(line);
    return 0;
  }
}
