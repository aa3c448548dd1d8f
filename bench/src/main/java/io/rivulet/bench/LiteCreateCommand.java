package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Owned by the main thread. Makes lite topics, each by the first message sent to it, and compares
 * with messages to lite topics that are there, at each power of ten.
 */
@Command(
    name = "lite-create",
    mixinStandardHelpOptions = true,
    description = {
      "Makes lite topics, each by the first message sent to it.",
      "With --count, at each power of ten of lite topics there are: what a first message costs and"
          + " what one to a random old lite topic, a line of JSON each. Names are the prefix and a"
          + " number from 0."
    })
final class LiteCreateCommand implements Callable<Integer> {
  private static final long FIRST_STEP = 1000;
  private static final long PURGE_NANOS = 5_000_000_000L;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Requests without an answer (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int inFlight;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Lite topics to make; 0: as many as the time allows (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private long count;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "First messages in each request between the measured steps, where the server takes"
              + " messages to several lite topics in one (${DEFAULT-VALUE}).",
      defaultValue = "1")
  private int batch;

  @Option(
      names = "--prefix",
      description = "What names begin with; without --count something new each time.")
  private String prefix = "";

  private RawMessages messages = new RawMessages("");
  private long made;

  @Override
  public Integer call() throws IOException {
    String topic = options.topicOr("bench-lite");
    messages = new RawMessages(topic);
    if (prefix.isEmpty()) {
      prefix = count > 0 ? "s" : "s" + Long.toString(System.nanoTime(), 36) + "-";
    }
    try (RawClient producer = RawClient.producer(options.endpoint, topic)) {
      warmUp(topic + "-warm");
      made = 0;
      if (count == 0) {
        measure("new", first(producer));
        return 0;
      }
      for (long step = FIRST_STEP; step < count; step *= 10) {
        step(producer, step);
      }
      step(producer, count);
    }
    return 0;
  }

  /** With lite topics of another parent, which are gone again where the server can do that. */
  private void warmUp(String topic) {
    RawMessages others = new RawMessages(topic);
    byte[] body = options.body();
    String name = "w" + Long.toString(System.nanoTime(), 36) + "-";
    try (RawClient producer = RawClient.producer(options.endpoint, topic)) {
      new LoadLoop(_ -> producer.send(others.toLiteTopic(body, name + made++)), inFlight)
          .asFastAsAllowed(options.warmUp());
    }
    try (RivuletClient admin = RivuletClient.connect(options.endpoint)) {
      var _ = admin.admin().deleteTopic(topic);
      LockSupport.parkNanos(PURGE_NANOS);
    } catch (RivuletException e) {
      System.err.println("the lite topics of the warm-up stay: " + e.getMessage());
    }
  }

  private void step(RawClient producer, long until) throws IOException {
    fill(producer, until);
    // Twice each, in turns: what the machine does meanwhile meets both.
    for (int round = 0; round < 2; round++) {
      measure("old", old(producer));
      measure("new", first(producer));
    }
  }

  private void fill(RawClient producer, long until) throws IOException {
    long missing = until - made;
    if (missing < batch) {
      return;
    }
    byte[] body = options.body();
    Sender sender =
        _ -> {
          List<String> names = new ArrayList<>(batch);
          for (int i = 0; i < batch; i++) {
            names.add(prefix + made++);
          }
          return producer.send(messages.toLiteTopics(body, names));
        };
    JsonObject line = line("fill");
    ProcessCosts before = options.costs();
    LoadResult result = new LoadLoop(sender, inFlight).requests(missing / batch);
    print(line, result.json(batch), before);
  }

  private void measure(String kind, Sender sender) throws IOException {
    Duration time = count == 0 ? options.time() : options.time().dividedBy(2);
    JsonObject line = line(kind);
    ProcessCosts before = options.costs();
    print(line, new LoadLoop(sender, inFlight).asFastAsAllowed(time).json(1), before);
  }

  private JsonObject line(String kind) {
    JsonObject line = options.line("lite-create");
    line.addProperty("client", "raw");
    line.addProperty("inFlight", inFlight);
    line.addProperty("messagesTo", kind);
    line.addProperty("liteTopics", made);
    return line;
  }

  private void print(JsonObject line, JsonObject figures, ProcessCosts before) throws IOException {
    CaseOptions.merge(line, figures);
    options.addCosts(line, before);
    System.out.println(line);
  }

  private Sender first(RawClient producer) {
    byte[] body = options.body();
    return _ -> producer.send(messages.toLiteTopic(body, prefix + made++));
  }

  private Sender old(RawClient producer) {
    byte[] body = options.body();
    SplittableRandom random = new SplittableRandom(made);
    long there = made;
    return _ -> producer.send(messages.toLiteTopic(body, prefix + random.nextLong(there)));
  }
}
