package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.overtaking.Figures;
import io.rivulet.bench.overtaking.Levels;
import io.rivulet.bench.overtaking.Overtaking;
import io.rivulet.bench.overtaking.RabbitUrgentQueue;
import io.rivulet.bench.overtaking.RawUrgentQueue;
import io.rivulet.bench.overtaking.UrgentQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. An urgent message behind a backlog of others. */
@Command(
    name = "overtake",
    mixinStandardHelpOptions = true,
    description = {
      "Fills a queue with messages of low priority, and then sends one of high priority again and"
          + " again: how many others a consumer is given before it, and how long it takes from the"
          + " send until the consumer has it.",
      "Two phases. rested: the consumer holds nothing when the urgent message is stored and then"
          + " asks for one message at a time. busy: it works through the backlog at a steady pace"
          + " and holds some messages in advance; these come first whatever the server does, and"
          + " beyondHeldMax leaves them out (of RabbitMQ the whole prefetch: each"
          + " acknowledgement asks for one more).",
      "A phase ends when less than half of the backlog is left. --warm-up are seconds of rested"
          + " rounds before it; --seconds means nothing here."
    })
final class OvertakeCommand implements Callable<Integer> {
  /** The kinds of server that are compared. */
  enum Client {
    raw,
    rabbitmq
  }

  /** What the consumer does when the urgent message comes. */
  enum Phase {
    rested,
    busy,
    both
  }

  /** Long enough for the traces of an urgent message to be gone when the next one comes. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--client",
      paramLabel = "raw|rabbitmq",
      description =
          "raw: a PRIORITY topic of RocketMQ's protocol, Rivulet or RocketMQ; rabbitmq: a queue of"
              + " RabbitMQ (${DEFAULT-VALUE}).",
      defaultValue = "raw")
  private Client client = Client.raw;

  @Option(
      names = "--queue",
      paramLabel = "classic|quorum",
      description =
          "RabbitMQ: a classic queue with x-max-priority=10, or a quorum queue (${DEFAULT-VALUE}).",
      defaultValue = "classic")
  private RabbitUrgentQueue.Kind kind = RabbitUrgentQueue.Kind.classic;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      description = "Messages of low priority that wait (${DEFAULT-VALUE}).",
      defaultValue = "1000000")
  private long backlog;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Urgent messages in each phase (${DEFAULT-VALUE}).",
      defaultValue = "100")
  private int rounds;

  @Option(
      names = "--phase",
      paramLabel = "rested|busy|both",
      description = "What is measured (${DEFAULT-VALUE}).",
      defaultValue = "both")
  private Phase phase = Phase.both;

  @Option(
      names = "--hold",
      paramLabel = "N",
      description =
          "Messages that the busy consumer holds at most: so many it receives at once, or has as"
              + " its prefetch (${DEFAULT-VALUE}).",
      defaultValue = "32")
  private int hold;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "The busy consumer's messages per second; 0: no pause (${DEFAULT-VALUE}).",
      defaultValue = "1000")
  private double rate;

  @Option(
      names = "--low",
      paramLabel = "PRIORITY",
      description = "The priority of what waits (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int low;

  @Option(
      names = "--high",
      paramLabel = "PRIORITY",
      description = "The priority of the urgent messages (${DEFAULT-VALUE}).",
      defaultValue = "7")
  private int high;

  @Option(
      names = "--group",
      description = "The consumer group (${DEFAULT-VALUE}).",
      defaultValue = "bench-overtake")
  private String group = "";

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Messages in each request that fills the queue (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int batch;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Such requests without an answer (${DEFAULT-VALUE}).",
      defaultValue = "8")
  private int inFlight;

  @Override
  public Integer call() throws IOException {
    if (options.size < Long.BYTES) {
      throw new IllegalArgumentException("a body needs at least " + Long.BYTES + " bytes");
    }
    try (UrgentQueue queue = connect()) {
      Overtaking overtaking = new Overtaking(queue, options.body(), backlog);
      overtaking.introduce();
      fill(overtaking);
      if (phase != Phase.busy) {
        overtaking.warmUp(options.warmUp());
        print(overtaking.rested(rounds, PAUSE), "rested");
      }
      if (phase != Phase.rested && overtaking.isBacklogThere()) {
        print(overtaking.busy(rounds, hold, rate), "busy");
      }
    }
    return 0;
  }

  private UrgentQueue connect() throws IOException {
    String topic = options.topicOr("bench-overtake");
    Levels levels = new Levels(low, high);
    return switch (client) {
      case raw -> new RawUrgentQueue(options.endpoint, group, topic, levels, batch, inFlight);
      case rabbitmq ->
          new RabbitUrgentQueue(options.endpoint, topic, kind, levels, batch * inFlight);
    };
  }

  private JsonObject line(String what) {
    JsonObject line = options.line("overtake");
    line.addProperty("phase", what);
    line.addProperty("backlog", backlog);
    return line;
  }

  private void fill(Overtaking overtaking) throws IOException {
    ProcessCosts before = options.costs();
    LoadResult filled = overtaking.fill();
    JsonObject line = line("fill");
    line.addProperty("messages", filled.requests());
    line.addProperty("seconds", LoadResult.round(filled.elapsedNanos() / 1e9));
    line.addProperty(
        "messagesPerSecond", Math.round(filled.requests() / (filled.elapsedNanos() / 1e9)));
    options.addCosts(line, before);
    System.out.println(line);
  }

  private void print(Figures figures, String what) {
    if (figures.rounds() == 0) {
      throw new IllegalStateException(
          "the backlog is used up; so much came before urgent messages");
    }
    JsonObject line = line(what);
    if (what.equals("busy")) {
      line.addProperty("hold", hold);
      line.addProperty("rate", rate);
    }
    CaseOptions.merge(line, figures.json());
    System.out.println(line);
  }
}
