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
import java.util.List;
import picocli.CommandLine.Option;

/**
 * Owned by the command that it belongs to. Readers that are sent to at a fixed rate: what both
 * cases have in common that measure it.
 */
final class SseDelivery {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

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
      defaultValue = "5")
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
      description = "How long to measure (${DEFAULT-VALUE}).",
      defaultValue = "20")
  private int seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Seconds of the same load before that, not measured (${DEFAULT-VALUE}).",
      defaultValue = "15")
  private int warmUpSeconds;

  /** Runs it and prints the line; the exit code. */
  int run(String name, SseOptions options, boolean isOneSession)
      throws IOException, InterruptedException {
    options.check(readers > 0, "--readers must be at least 1");
    options.check(rate > 0, "--rate must be more than 0");
    options.check(streamsPerConnection > 0, "--streams-per-connection must be at least 1");
    int sessions = isOneSession ? 1 : readers;
    int streams = isHttp1 ? 0 : streamsPerConnection;
    try (WorkFolder folder = options.folder();
        SessionServer server = options.start(folder, sessions, streams);
        SessionWriter writer = server.writer();
        Readers crowd = options.readers(server, readers, sessions, streams)) {
      Load load = new Load(writer, sessions, rate, options.size);
      load.oneToEach(PATIENCE);
      double openSeconds = options.open(crowd);
      load.run(Duration.ofSeconds(warmUpSeconds));
      // What came too fast for code that was not compiled yet is not to be measured.
      var _ = crowd.awaitFigures(load.written(), PATIENCE);

      long writtenBefore = load.writtenToAll();
      ProcessCosts serverBefore = ProcessCosts.of(server.pids());
      ProcessCosts clientBefore = ProcessCosts.of(self());
      long begin = System.nanoTime();
      crowd.window().begin();
      load.run(Duration.ofSeconds(seconds));
      crowd.window().end();
      ProcessCosts serverAfter = ProcessCosts.of(server.pids());
      ProcessCosts clientAfter = ProcessCosts.of(self());
      double elapsed = (System.nanoTime() - begin) / 1e9;
      load.finish(PATIENCE);
      Figures figures = crowd.awaitFigures(load.written(), PATIENCE);

      long sent = load.writtenToAll() - writtenBefore;
      JsonObject line = options.line(name, server, streams);
      line.addProperty("readers", readers);
      line.addProperty("sessions", sessions);
      line.addProperty("rate", rate);
      line.addProperty("openSeconds", openSeconds);
      line.addProperty("seconds", LoadResult.round(elapsed));
      line.addProperty("messages", sent);
      line.addProperty("deliveries", figures.measured());
      line.addProperty("deliveriesPerSecond", Math.round(figures.measured() / elapsed));
      LoadResult.addLatency(line, figures.latencyNanos());
      boolean isWell = SseOptions.addFaults(line, figures, crowd.attendance());
      addCpu(line, "server", serverBefore, serverAfter, elapsed, figures.measured());
      addCpu(line, "client", clientBefore, clientAfter, elapsed, figures.measured());
      line.addProperty("serverRssMib", serverAfter.rssBytes() >> 20);
      line.addProperty("clientRssMib", clientAfter.rssBytes() >> 20);
      options.print(line);
      return isWell ? 0 : 1;
    }
  }

  private static List<Long> self() {
    return List.of(ProcessHandle.current().pid());
  }

  private static void addCpu(
      JsonObject line,
      String whose,
      ProcessCosts before,
      ProcessCosts after,
      double seconds,
      long deliveries) {
    long micros = after.cpuMicros() - before.cpuMicros();
    line.addProperty(whose + "CpuPercent", Math.round(micros / seconds / 10_000));
    line.addProperty(
        whose + "CpuMicrosPerDelivery",
        LoadResult.round(micros / (double) Math.max(1, deliveries)));
  }
}
