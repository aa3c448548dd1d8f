package io.rivulet.server.demo.web;

import io.rivulet.client.RivuletClient;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.demo.stage.DemoFailure;
import io.rivulet.server.demo.stage.ServerProcess;
import io.rivulet.server.demo.stage.Stage;
import io.rivulet.server.demo.stage.Story;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Owned by the main thread, which starts the server again whenever it has gone; the worker runs on
 * threads of its own.
 */
@Command(
    name = "web",
    description = {
      "A chat page that never loses an answer.",
      "",
      "Starts a server of its own as a child process, on free ports and with data in a temporary"
          + " folder, and a worker that answers. Open the page, ask something, and while the answer"
          + " comes: reload, open a second tab, switch the network off, kill the server. The answer"
          + " goes on to its last token, each token once. A server that has gone is started again"
          + " after a moment. Ends with Ctrl-C."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Examples:", "  rivulet demo web", "  rivulet demo web --no-open --pace 100"})
public final class WebDemo implements Callable<Integer> {
  private static final List<String> SETTINGS = List.of("http.demo-page=true");
  private static final int MAX_PACE_MILLIS = 5000;
  private static final int MAX_AWAY_SECONDS = 60;

  @Option(
      names = "--no-open",
      description = "Only print the page's address; do not open a browser.")
  private boolean opensNothing;

  @Option(
      names = "--pace",
      paramLabel = "MILLISECONDS",
      defaultValue = "40",
      description = "From one token to the next. Default: ${DEFAULT-VALUE}")
  private int paceMillis;

  @Option(
      names = "--away",
      paramLabel = "SECONDS",
      defaultValue = "3",
      description =
          "How long a server that was killed stays away until it is started again. Default:"
              + " ${DEFAULT-VALUE}")
  private int awaySeconds;

  @Spec private @Nullable CommandSpec spec;

  private final Clock clock = Clock.system();

  @Override
  public Integer call() throws Exception {
    check("--pace", paceMillis, MAX_PACE_MILLIS);
    check("--away", awaySeconds, MAX_AWAY_SECONDS);
    return Stage.perform(Objects.requireNonNull(spec).commandLine().getOut(), SETTINGS, this::tell);
  }

  private void check(String option, int value, int max) {
    if (value < 0 || value > max) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          option + " is from 0 to " + max + ", not " + value);
    }
  }

  private boolean tell(Story story, ServerProcess server) throws IOException, DemoFailure {
    story.title("A chat page that never loses an answer");
    Stage.start(story, server, clock);
    try (RivuletClient client = RivuletClient.connect(server.endpoint())) {
      ChatTopics.define(client.admin());
      try (Assistant assistant = new Assistant(client, Duration.ofMillis(paceMillis))) {
        assistant.start();
        invite(story, server);
        keepAlive(story, server);
      } catch (InterruptedException e) {
        // Whoever runs the demo within a program of their own ends it so, and it is cleaned up in
        // peace.
      }
    }
    return true;
  }

  private void invite(Story story, ServerProcess server) {
    String page = server.httpUrl() + "/demo/";
    story.good("the page is at " + page);
    story.line(
        "Ask something, and while the answer comes: reload the page, open it in a second tab,");
    story.line("switch the network off and on, or kill the server:");
    story.line("  kill -9 " + server.pid());
    story.line("Ctrl-C ends the demo and removes its data.");
    if (!opensNothing && Story.isLive()) {
      Browser.open(page);
    }
  }

  private void keepAlive(Story story, ServerProcess server)
      throws IOException, InterruptedException, DemoFailure {
    CountDownLatch never = new CountDownLatch(1);
    while (true) {
      server.awaitEnd();
      if (server.isClosed()) {
        return;
      }
      story.event(
          "the server has gone; it is started again after %d s, and page and worker go on by"
                  .formatted(awaySeconds)
              + " themselves");
      boolean _ = never.await(awaySeconds, TimeUnit.SECONDS);
      server.start();
      story.event("the server is back: kill -9 " + server.pid());
    }
  }
}
