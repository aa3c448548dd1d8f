package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
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
          + " number from 0. It ends early where a server refuses, or takes longer than allowed."
    })
final class LiteCreateCommand implements Callable<Integer> {
  private static final long FIRST_STEP = 1000;
  private static final long PURGE_NANOS = 5_000_000_000L;

  /** The exit code of a run whose figures are good but which has not come to its count. */
  private static final int ENDED_EARLY = 3;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--client",
      paramLabel = "raw|redis|nats",
      description = LiteServer.DESCRIPTION,
      defaultValue = "raw")
  private LiteServer client = LiteServer.raw;

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
      names = "--there",
      paramLabel = "N",
      description = "So many of them were made by an earlier run (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private long there;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "First messages in each request between the measured steps, where the server takes"
              + " messages to several lite topics in one (${DEFAULT-VALUE}).",
      defaultValue = "1")
  private int batch;

  @Option(
      names = "--fill-limit",
      paramLabel = "SECONDS",
      description =
          "How long making those between two measured steps may take; then what there is by then"
              + " is measured, and that is the end (${DEFAULT-VALUE}).",
      defaultValue = "3600")
  private int fillLimitSeconds;

  @Option(
      names = "--warm-up-names",
      paramLabel = "N",
      description =
          "Lite topics that the warm-up goes round in; 0: a new one each time, for servers that"
              + " can be told to forget them again (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private long warmUpNames;

  @Option(
      names = "--prefix",
      description = "What names begin with; without --count something new each time.")
  private String prefix = "";

  private long made;

  @Override
  public Integer call() throws IOException {
    String topic = options.topicOr("bench-lite");
    if (prefix.isEmpty()) {
      prefix = count > 0 ? "s" : "s" + Long.toString(System.nanoTime(), 36) + "-";
    }
    try (LiteProducer producer = client.producer(options.endpoint, topic)) {
      if (options.warmUpSeconds > 0) {
        warmUp(topic + "-warm");
      }
      made = there;
      if (count == 0) {
        measure("new", first(producer));
        return 0;
      }
      boolean isAsWanted = true;
      for (long step = FIRST_STEP; step < count && isAsWanted; step *= 10) {
        isAsWanted = step <= there || step(producer, step);
      }
      return isAsWanted && step(producer, count) ? 0 : ENDED_EARLY;
    }
  }

  /** With lite topics of another parent, which are gone again where the server can do that. */
  private void warmUp(String topic) {
    byte[] body = options.body();
    String name = "w" + Long.toString(System.nanoTime(), 36) + "-";
    try (LiteProducer producer = client.producer(options.endpoint, topic)) {
      new LoadLoop(_ -> producer.send(body, name + warmUpNumber()), inFlight)
          .asFastAsAllowed(options.warmUp());
    }
    if (warmUpNames > 0) {
      return;
    }
    try (RivuletClient admin = RivuletClient.connect(options.endpoint)) {
      var _ = admin.admin().deleteTopic(topic);
      LockSupport.parkNanos(PURGE_NANOS);
    } catch (RivuletException e) {
      System.err.println("the lite topics of the warm-up stay: " + e.getMessage());
    }
  }

  private long warmUpNumber() {
    long number = made++;
    return warmUpNames > 0 ? number % warmUpNames : number;
  }

  /** Whether as many could be made as were wanted. */
  private boolean step(LiteProducer producer, long until) throws IOException {
    boolean isAsWanted = fill(producer, until);
    // Twice each, in turns: what the machine does meanwhile meets both.
    for (int round = 0; round < 2; round++) {
      measure("old", old(producer));
      measure("new", first(producer));
    }
    return isAsWanted;
  }

  private boolean fill(LiteProducer producer, long until) throws IOException {
    long missing = until - made;
    if (missing < batch) {
      return true;
    }
    byte[] body = options.body();
    Sender sender =
        _ -> {
          List<String> names = new ArrayList<>(batch);
          for (int i = 0; i < batch; i++) {
            names.add(prefix + made++);
          }
          return producer.send(body, names);
        };
    JsonObject line = line("fill");
    ProcessCosts before = options.costs();
    long requests = missing / batch;
    LoadResult result =
        new LoadLoop(sender, inFlight).requests(requests, Duration.ofSeconds(fillLimitSeconds));
    // A server that has just started may fail a few, which is not where it ends.
    boolean isAsWanted = result.requests() >= requests - requests / 100;
    if (!isAsWanted) {
      made -= result.failures() * batch;
      line.addProperty("endedEarlyAt", made);
    }
    print(line, result.json(batch), before);
    return isAsWanted;
  }

  private void measure(String kind, Sender sender) throws IOException {
    Duration time = count == 0 ? options.time() : options.time().dividedBy(2);
    if (time.isZero()) {
      return;
    }
    JsonObject line = line(kind);
    ProcessCosts before = options.costs();
    print(line, new LoadLoop(sender, inFlight).asFastAsAllowed(time).json(1), before);
  }

  private JsonObject line(String kind) {
    JsonObject line = options.line("lite-create");
    line.addProperty("client", client.name());
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

  private Sender first(LiteProducer producer) {
    byte[] body = options.body();
    return _ -> producer.send(body, prefix + made++);
  }

  private Sender old(LiteProducer producer) {
    byte[] body = options.body();
    SplittableRandom random = new SplittableRandom(made);
    long old = made;
    return _ -> producer.send(body, prefix + random.nextLong(old));
  }
}
