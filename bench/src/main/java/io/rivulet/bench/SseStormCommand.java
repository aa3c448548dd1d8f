package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.readers.Figures;
import io.rivulet.bench.readers.Readers;
import io.rivulet.bench.sessions.Load;
import io.rivulet.bench.sessions.SessionServer;
import io.rivulet.bench.sessions.SessionWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. All readers lose their server at once, and come back at once. */
@Command(
    name = "sse-storm",
    mixinStandardHelpOptions = true,
    description = {
      "Readers over HTTP follow a session each, all of which are written to all the time. The server"
          + " is killed (SIGKILL) and started again on its data; readers come back as a browser's"
          + " EventSource does, after the time that the server had told them and with Last-Event-ID."
          + " Who is told 429 or 503 with Retry-After comes again then; anything else that is not"
          + " 200 while the server is up is a failure. Measures how long it takes until all are"
          + " back; each message must come once and in order.",
      "The server is started by this command and ended by it; readers and writer are in this"
          + " process."
    })
final class SseStormCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Mixin private SseOptions options = new SseOptions();

  @Option(
      names = "--readers",
      paramLabel = "N",
      description = "Readers (${DEFAULT-VALUE}).",
      defaultValue = "10000")
  private int readers;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Messages per second to each session (${DEFAULT-VALUE}).",
      defaultValue = "0.2")
  private double rate;

  @Option(
      names = "--streams-per-connection",
      paramLabel = "N",
      description = "Readers that share a connection of HTTP/2 (${DEFAULT-VALUE}).",
      defaultValue = "100")
  private int streamsPerConnection;

  @Option(names = "--http1", description = "A connection of HTTP/1.1 for each reader instead.")
  private boolean isHttp1;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "How long before the end of the server, and after all are back (${DEFAULT-VALUE}).",
      defaultValue = "10")
  private int seconds;

  @Option(
      names = "--down",
      paramLabel = "SECONDS",
      description = "How long nobody starts it again (${DEFAULT-VALUE}).",
      defaultValue = "2")
  private int downSeconds;

  @Option(
      names = "--back-limit",
      paramLabel = "SECONDS",
      description = "How long it may take until all are back (${DEFAULT-VALUE}).",
      defaultValue = "120")
  private int backLimitSeconds;

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.check(readers > 0, "--readers must be at least 1");
    options.check(rate > 0, "--rate must be more than 0");
    options.check(streamsPerConnection > 0, "--streams-per-connection must be at least 1");
    options.checkRestart();
    int streams = isHttp1 ? 0 : streamsPerConnection;
    try (WorkFolder folder = options.folder();
        SessionServer server = options.start(folder, readers, streams);
        SessionWriter writer = server.writer();
        Readers crowd = options.readers(server, readers, readers, streams)) {
      Load load = new Load(writer, readers, rate, options.size);
      load.oneToEach(PATIENCE);
      JsonObject line = options.line("sse-storm", server, streams);
      line.addProperty("readers", readers);
      line.addProperty("rate", rate);
      line.addProperty("openSeconds", options.open(crowd));
      CompletableFuture<Void> writing = new CompletableFuture<>();
      Thread.ofPlatform().name("load").start(() -> run(load, writing));
      TimeUnit.SECONDS.sleep(seconds);
      long ready = restart(server, crowd, line);
      boolean areBack = crowd.awaitAll(Duration.ofSeconds(backLimitSeconds));
      Histogram back = crowd.backAfter(ready);
      TimeUnit.SECONDS.sleep(seconds);
      load.stop();
      await(writing);
      load.finish(PATIENCE);
      Figures figures = crowd.awaitFigures(load.written(), PATIENCE);

      line.addProperty("messages", load.writtenToAll());
      line.addProperty("received", figures.received());
      addReturn(line, back, crowd);
      boolean isWell = SseOptions.addFaults(line, figures, crowd.attendance());
      options.print(line);
      return isWell && areBack ? 0 : 1;
    }
  }

  private static void run(Load load, CompletableFuture<Void> end) {
    try {
      load.runUntilStopped();
      end.complete(null);
    } catch (RuntimeException failure) {
      end.completeExceptionally(failure);
    }
  }

  private static void await(CompletableFuture<Void> writing) {
    try {
      writing.join();
    } catch (CompletionException e) {
      throw new IllegalStateException("the writer has ended", e);
    }
  }

  /** Kills the server and starts it again; the time when it was ready. */
  private long restart(SessionServer server, Readers crowd, JsonObject line)
      throws InterruptedException {
    crowd.serverIsUp(false);
    server.kill();
    TimeUnit.SECONDS.sleep(downSeconds);
    long begin = System.nanoTime();
    server.startAgain();
    long ready = System.nanoTime();
    crowd.serverIsUp(true);
    line.addProperty("startSeconds", LoadResult.round((ready - begin) / 1e9));
    return ready;
  }

  /** From when the server said that it is ready; who was in before counts as 0. */
  private static void addReturn(JsonObject line, Histogram back, Readers crowd) {
    line.addProperty("back", crowd.attendance().open());
    line.addProperty("p50BackSeconds", LoadResult.round(back.getValueAtPercentile(50) / 1e9));
    line.addProperty("p99BackSeconds", LoadResult.round(back.getValueAtPercentile(99) / 1e9));
    line.addProperty("allBackSeconds", LoadResult.round(back.getMaxValue() / 1e9));
    line.addProperty("cutOff", crowd.attendance().cutOff());
    line.addProperty("triedInVain", crowd.attendance().inVain());
  }
}
