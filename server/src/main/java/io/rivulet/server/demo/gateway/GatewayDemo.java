package io.rivulet.server.demo.gateway;

import io.rivulet.client.RivuletClient;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.demo.stage.DemoFailure;
import io.rivulet.server.demo.stage.ServerProcess;
import io.rivulet.server.demo.stage.Stage;
import io.rivulet.server.demo.stage.Story;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Owned by the main thread, which looks on. The story of a gateway before two models, over the
 * wire: the same requests twice, first in the order in which they come, then by the scheduler's
 * rules.
 */
@Command(
    name = "gateway",
    description = {
      "A model-serving gateway that shields small users from big ones.",
      "",
      "Starts a server of its own as a child process, on free ports and with data in a temporary"
          + " folder. Three tenants and some VIPs send requests to two workers, one twice as fast as"
          + " the other; one tenant floods. First they are served in the order in which they come,"
          + " then, the same requests again, by priority, with fair shares, and each worker given"
          + " what it can do. The models are stubs, but what they take is processor time. Shows who"
          + " waits how long, and compares.",
      "",
      "Takes about a minute, and both workers a processor each. On a machine that is busy with other"
          + " things it takes longer, and its figures say less. Ends with 1 if a request is lost or served twice;"
          + " figures that miss their aim are marked and do not change that."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  rivulet demo gateway",
      "  rivulet demo gateway --svg gateway.svg",
      "  rivulet demo gateway --quick --seed 7"
    })
public final class GatewayDemo implements Callable<Integer> {
  private static final Duration LENGTH = Duration.ofSeconds(24);
  static final Duration QUICK_LENGTH = Duration.ofSeconds(3);
  private static final Duration CALIBRATION = Duration.ofSeconds(1);

  @Option(
      names = "--quick",
      description = "A few seconds: enough to see that it works, too short for good figures.")
  private boolean isQuick;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "Other requests; the same number makes the same. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Draw every request's wait into this file. Default: no picture")
  private @Nullable Path svg;

  @Spec private @Nullable CommandSpec spec;

  private final Clock clock = Clock.system();

  @Override
  public Integer call() throws Exception {
    Path picture = svg;
    if (picture != null) {
      check(picture.toAbsolutePath());
    }
    return Stage.perform(Objects.requireNonNull(spec).commandLine().getOut(), this::tell);
  }

  /** Better now than after a minute. */
  private void check(Path picture) {
    Path folder = picture.getParent();
    if (Files.isDirectory(picture) || folder == null || !Files.isDirectory(folder)) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "--svg is a file in a folder that exists, not '" + svg + "'");
    }
  }

  private boolean tell(Story story, ServerProcess server)
      throws IOException, InterruptedException, DemoFailure {
    story.title("A model-serving gateway that shields small users from big ones");
    Stage.start(story, server, clock);
    Calibration machine =
        Calibration.measure(isQuick ? CALIBRATION.dividedBy(4) : CALIBRATION, clock);
    story.event(
        "two workers, of which one makes %.0f tokens a second and one %.0f; a token is %.0f hashes"
            .formatted(
                WorkerKind.FAST.tokensPerSecond(),
                WorkerKind.SLOW.tokensPerSecond(),
                WorkerKind.FAST.hashesPerToken(machine.hashesPerSecond())));
    if (machine.stretch() > 1) {
      story.event(
          "the machine does other things too: a worker gets %.0f %% of a processor, all takes longer"
              .formatted(100 * machine.share()));
    }
    Duration length = isQuick ? QUICK_LENGTH : LENGTH;
    List<Arrival> arrivals = Traffic.make(seed, workOf(length), machine.stretched(length));
    story.event("%d requests: acme floods, bolt and cleo do not".formatted(arrivals.size()));
    try (RivuletClient client = RivuletClient.connect(server.endpoint())) {
      PhaseFigures plain = run(story, client, Rules.fifo(), arrivals, machine);
      PhaseFigures scheduled = run(story, client, Rules.scheduler(), arrivals, machine);
      boolean isWhole = new Comparison(plain, scheduled).tell(story);
      draw(story, plain, scheduled);
      return isWhole;
    }
  }

  /** Tokens that the workers make in this time if they do nothing else. */
  static double workOf(Duration length) {
    return WorkerKind.capacity() * length.toMillis() / 1000;
  }

  private PhaseFigures run(
      Story story, RivuletClient client, Rules rules, List<Arrival> arrivals, Calibration machine)
      throws InterruptedException, DemoFailure {
    story.event(rules.title() + ": " + rules.explanation());
    return new Phase(client, rules, machine.hashesPerSecond(), clock)
        .run(arrivals, new Scoreboard(story, Story.isLive()));
  }

  private void draw(Story story, PhaseFigures plain, PhaseFigures scheduled) throws IOException {
    Path picture = svg;
    if (picture != null) {
      var _ = Files.writeString(picture, Picture.of(plain, scheduled));
      story.event("the picture is in " + picture.toAbsolutePath().normalize());
    }
  }
}
