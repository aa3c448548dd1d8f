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
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. What readers over HTTP cost that get nothing. */
@Command(
    name = "sse-idle",
    mixinStandardHelpOptions = true,
    description = {
      "Opens readers over HTTP, each with a session of its own, and measures what they cost the"
          + " server while nothing happens: memory of its process, live heap after a collection,"
          + " open files, CPU. At the end each session gets a message, and all must come.",
      "The server is started by this command and ended by it. The heap is asked of a Java server"
          + " only (jcmd)."
    })
final class SseIdleCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How many sessions are told in a second that all are still there. */
  private static final double PROBES_PER_SECOND = 5000;

  @Mixin private SseOptions options = new SseOptions();

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "Connections of HTTP/2 (${DEFAULT-VALUE}).",
      defaultValue = "500")
  private int connections;

  @Option(
      names = "--streams-per-connection",
      paramLabel = "N",
      description = "Readers on each (${DEFAULT-VALUE}).",
      defaultValue = "100")
  private int streamsPerConnection;

  @Option(
      names = "--http1",
      paramLabel = "N",
      description = "Instead, so many readers with a connection of HTTP/1.1 each.",
      defaultValue = "0")
  private int http1;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "Sessions, shared by the readers in turn; 0: one for each (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int sessions;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long nothing happens (${DEFAULT-VALUE}).",
      defaultValue = "20")
  private int seconds;

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.check(
        http1 > 0 || (connections > 0 && streamsPerConnection > 0),
        "--connections and --streams-per-connection must be at least 1");
    int streams = http1 > 0 ? 0 : streamsPerConnection;
    int count = http1 > 0 ? http1 : connections * streamsPerConnection;
    int read = sessions > 0 ? Math.min(sessions, count) : count;
    double probeRate = Math.min(1, PROBES_PER_SECOND / read);
    try (WorkFolder folder = options.folder();
        SessionServer server = options.start(folder, read, streams);
        SessionWriter writer = server.writer();
        Readers crowd = options.readers(server, count, read, streams)) {
      Load load = new Load(writer, read, probeRate, options.size);
      load.oneToEach(PATIENCE);
      Weight before = Weight.of(server);
      double openSeconds = options.open(crowd);
      long cpuBefore = ProcessCosts.of(server.pids()).cpuMicros();
      TimeUnit.SECONDS.sleep(seconds);
      ProcessCosts after = ProcessCosts.of(server.pids());
      Weight weight = Weight.of(server);
      crowd.window().begin();
      load.oneRound();
      load.finish(PATIENCE);
      Figures figures = crowd.awaitFigures(load.written(), PATIENCE);

      JsonObject line = options.line("sse-idle", server, streams);
      line.addProperty("readers", count);
      line.addProperty("sessions", read);
      line.addProperty("connections", http1 > 0 ? count : connections);
      line.addProperty("open", crowd.attendance().open());
      line.addProperty("openSeconds", openSeconds);
      line.addProperty(
          "idleCpuPercent",
          LoadResult.round((after.cpuMicros() - cpuBefore) / 10_000.0 / Math.max(1, seconds)));
      addWeight(line, before, weight, after.rssBytes(), count);
      line.addProperty("stillThere", figures.measured());
      LoadResult.addLatency(line, figures.latencyNanos());
      boolean isWell = SseOptions.addFaults(line, figures, crowd.attendance());
      options.print(line);
      return isWell ? 0 : 1;
    }
  }

  /** Memory before and with the readers; resident memory as it was before a collection, too. */
  private static void addWeight(
      JsonObject line, Weight before, Weight with, long rssUncollected, int count) {
    line.addProperty("rssMibBefore", before.rssBytes() >> 20);
    line.addProperty("rssMib", rssUncollected >> 20);
    line.addProperty("rssMibAfterCollection", with.rssBytes() >> 20);
    line.addProperty(
        "rssKibPerReader", LoadResult.round((rssUncollected - before.rssBytes()) / 1024.0 / count));
    if (with.heapKib() >= 0) {
      line.addProperty("heapMibBefore", before.heapKib() >> 10);
      line.addProperty("heapMib", with.heapKib() >> 10);
      line.addProperty(
          "heapKibPerReader",
          LoadResult.round((with.heapKib() - before.heapKib()) / (double) count));
    }
    line.addProperty("openFiles", with.files());
  }

  /** Immutable. What a server's processes hold. */
  private record Weight(long rssBytes, long heapKib, long files) {
    static Weight of(SessionServer server) throws IOException, InterruptedException {
      long heap = LiveHeap.kib(server.pids());
      return new Weight(
          ProcessCosts.of(server.pids()).rssBytes(), heap, ProcessCosts.openFiles(server.pids()));
    }
  }
}
