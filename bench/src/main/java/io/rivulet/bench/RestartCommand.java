package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tail;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. How long a start takes, after a clean stop and after SIGKILL. */
@Command(
    name = "restart",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a server on a data folder, puts load on it, ends it and starts it again: once with"
          + " SIGTERM, once with SIGKILL. Measures from the start of the process until the first"
          + " message is acknowledged and received.",
      "Rivulet only; the server is started by this command and ended by it."
    })
final class RestartCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String PROBE = "restart-probe";

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--command",
      paramLabel = "FILE",
      description = "What starts a server (${DEFAULT-VALUE}).",
      defaultValue = "./rivulet")
  private Path command = Path.of("rivulet");

  @Option(names = "--data", required = true, description = "The server's data folder.")
  private Path data = Path.of("data");

  @Option(
      names = "--new",
      description = "The load makes lite topics instead of writing to one.",
      defaultValue = "true",
      negatable = true)
  private boolean isNew;

  private @Nullable Process server;

  @Override
  public Integer call() throws IOException, InterruptedException {
    start("first");
    try {
      end(false);
      start("after SIGTERM");
      load();
      end(true);
      start("after SIGKILL");
    } finally {
      end(false);
    }
    return 0;
  }

  private void start(String what) throws IOException {
    long begin = System.nanoTime();
    Process started =
        new ProcessBuilder(
                List.of(
                    command.toAbsolutePath().toString(),
                    "server",
                    "--data",
                    data.toString(),
                    "--grpc",
                    options.endpoint,
                    "--http",
                    "127.0.0.1:0"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    server = started;
    OpenPort.await(options.endpoint, PATIENCE);
    try (RivuletClient client = RivuletClient.connect(options.endpoint)) {
      double sent = send(client, begin);
      double received = receive(client, begin);
      JsonObject line = options.line("restart");
      line.addProperty("start", what);
      line.addProperty("firstSendSeconds", LoadResult.round(sent));
      line.addProperty("firstReceiveSeconds", LoadResult.round(received));
      line.addProperty("serverRssMib", ProcessCosts.of(List.of(started.pid())).rssBytes() >> 20);
      System.out.println(line);
    }
  }

  private double send(RivuletClient client, long begin) {
    var _ = client.session(options.topicOr("bench-restart"), PROBE).append("probe").join();
    return seconds(begin);
  }

  private double receive(RivuletClient client, long begin) {
    try (Tail tail =
        client.tail(options.topicOr("bench-restart"), PROBE, ReadFrom.lastMessages(1))) {
      if (tail.next(PATIENCE).isEmpty()) {
        throw new IllegalStateException("nothing was received");
      }
      return seconds(begin);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  /** So that there is a tail to replay. */
  private void load() {
    String topic = options.topicOr("bench-restart");
    RawMessages messages = new RawMessages(topic);
    byte[] body = options.body();
    AtomicLong count = new AtomicLong();
    String prefix = "r" + Long.toString(System.nanoTime(), 36) + "-";
    try (RawClient producer = RawClient.producer(options.endpoint, topic)) {
      new LoadLoop(
              _ ->
                  producer.send(
                      messages.toLiteTopic(
                          body, isNew ? prefix + count.getAndIncrement() : prefix)),
              64)
          .asFastAsAllowed(options.time());
    }
  }

  private void end(boolean isKilled) throws InterruptedException {
    Process running = server;
    if (running == null) {
      return;
    }
    if (isKilled) {
      running.destroyForcibly();
    } else {
      running.destroy();
    }
    if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("the server does not end");
    }
  }
}
