package io.rivulet.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Owned by the main thread. How long a restart takes for those who send, for servers that somebody
 * else restarts.
 */
@Command(
    name = "first-send",
    mixinStandardHelpOptions = true,
    description = {
      "Sends a message to the running server, prints \"ready\" and waits for a line on standard"
          + " input: the milliseconds since 1970 at which the server is started again. It must be"
          + " down by then. Prints how long it took until a send was answered.",
      "It tries without pause, so that a server is not charged for a client's back-off."
    })
final class FirstSendCommand implements Callable<Integer> {
  private static final Duration PATIENCE_OF_ONE = Duration.ofSeconds(5);
  private static final long PAUSE_NANOS = 5_000_000;
  private static final String PROBE = "first-send";

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--client",
      paramLabel = "raw|redis|nats",
      description = LiteServer.DESCRIPTION,
      defaultValue = "raw")
  private LiteServer client = LiteServer.raw;

  @Option(
      names = "--start",
      paramLabel = "TEXT",
      description = "Repeated in the result: how the server had ended.",
      defaultValue = "after SIGTERM")
  private String start = "";

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      description = "How long the server may take (${DEFAULT-VALUE}).",
      defaultValue = "240")
  private int limitSeconds;

  @Override
  public Integer call() throws IOException {
    untilAnswered();
    System.out.println("ready");
    String begin = new BufferedReader(new InputStreamReader(System.in, UTF_8)).readLine();
    if (begin == null) {
      throw new IllegalArgumentException("standard input says no time");
    }
    untilAnswered();
    double seconds = (System.currentTimeMillis() - Long.parseLong(begin.strip())) / 1e3;
    JsonObject line = options.line("restart");
    line.addProperty("start", start);
    line.addProperty("firstSendSeconds", LoadResult.round(seconds));
    System.out.println(line);
    return 0;
  }

  private void untilAnswered() {
    Duration limit = Duration.ofSeconds(limitSeconds);
    long deadline = System.nanoTime() + limit.toNanos();
    OpenPort.await(options.endpoint, limit);
    while (!isAnswered()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("no send was answered within " + limit.toSeconds() + " s");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** With a client of its own: one from before may hold on to what it knew of the server. */
  private boolean isAnswered() {
    try (LiteProducer producer =
        client.producer(options.endpoint, options.topicOr("bench-restart"))) {
      var _ =
          producer
              .send(options.body(), PROBE)
              .get(PATIENCE_OF_ONE.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | TimeoutException | RuntimeException notYet) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
