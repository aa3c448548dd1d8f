package io.rivulet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.rivulet.testkit.node.NodeFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The cases with readers over HTTP, small: do they run, and is every message accounted for? */
final class HttpReadersTest {
  private static final NodeFolder PEERS =
      new NodeFolder(Path.of("peers", "node"), "bench", "peers with readers over HTTP");

  @TempDir private Path folder;

  @Test
  void idleReadersAreCountedAndAllStillThere() {
    JsonObject line =
        measure(
            "sse-idle", "--connections", "3", "--streams-per-connection", "20", "--seconds", "1");

    assertThat(line.get("open").getAsInt()).isEqualTo(60);
    assertThat(line.get("stillThere").getAsInt()).isEqualTo(60);
    assertThat(line.get("openFiles").getAsInt()).isPositive();
    assertThat(line.get("rssMib").getAsInt()).isPositive();
  }

  @Test
  void idleReadersMayHaveAConnectionEachAndShareSessions() {
    JsonObject line = measure("sse-idle", "--http1", "40", "--sessions", "10", "--seconds", "1");

    assertThat(line.get("http").getAsString()).isEqualTo("1.1");
    assertThat(line.get("sessions").getAsInt()).isEqualTo(10);
    assertThat(line.get("stillThere").getAsInt()).isEqualTo(40);
  }

  @Test
  void eachReaderGetsItsOwnSession() {
    JsonObject line = delivery("sse-sessions", "--readers", "30", "--rate", "10");

    assertThat(line.get("deliveries").getAsLong()).isEqualTo(line.get("messages").getAsLong());
  }

  @Test
  void theSameAsDurableStreams() {
    JsonObject line =
        delivery(
            "sse-sessions", "--readers", "30", "--rate", "10", "--protocol", "durable-streams");

    assertThat(line.get("protocol").getAsString()).isEqualTo("durable-streams");
    assertThat(line.get("deliveries").getAsLong()).isEqualTo(line.get("messages").getAsLong());
  }

  @Test
  void allReadersGetTheOneSession() {
    JsonObject line = delivery("sse-fanout", "--readers", "30", "--rate", "20", "--http1");

    assertThat(line.get("deliveries").getAsLong()).isEqualTo(30 * line.get("messages").getAsLong());
  }

  @Test
  void allAreBackAfterTheServerWasKilled() {
    JsonObject line =
        measure("sse-storm", "--readers", "30", "--rate", "2", "--seconds", "2", "--down", "1");

    assertThat(line.get("back").getAsInt()).isEqualTo(30);
    assertThat(line.get("cutOff").getAsInt()).isEqualTo(30);
    assertThat(line.get("received").getAsLong()).isEqualTo(line.get("messages").getAsLong());
  }

  @Test
  void theReferenceServerOfDurableStreamsIsMeasuredAlike() {
    var _ = PEERS.program("node");

    JsonObject line =
        delivery(
            "sse-sessions",
            "--readers",
            "20",
            "--rate",
            "5",
            "--http1",
            "--peer",
            "durable-streams",
            "--peers",
            "peers/node");

    assertThat(line.get("server").getAsString()).isEqualTo("durable-streams");
    assertThat(line.get("deliveries").getAsLong()).isEqualTo(line.get("messages").getAsLong());
  }

  @Test
  void redisBehindARelayIsMeasuredAlike() {
    var _ = PEERS.program("node");
    var _ = PEERS.also("redis-server", "install Redis (Debian: redis-server)");

    JsonObject line =
        delivery(
            "sse-fanout",
            "--readers",
            "20",
            "--rate",
            "5",
            "--http1",
            "--peer",
            "redis-relay",
            "--peers",
            "peers/node");

    assertThat(line.get("server").getAsString()).isEqualTo("redis-relay");
    assertThat(line.get("deliveries").getAsLong()).isEqualTo(20 * line.get("messages").getAsLong());
  }

  @Test
  void aPeerIsToldWhatItCannotDo() {
    StringWriter errors = new StringWriter();
    CommandLine bench = BenchCommand.commandLine().setErr(new PrintWriter(errors));

    assertThat(bench.execute("sse-fanout", "--peer", "redis-relay")).isEqualTo(2);
    assertThat(errors.toString()).contains("--peer redis-relay speaks HTTP/1.1 only: say --http1");
    assertThat(bench.execute("sse-storm", "--http1", "--peer", "redis-relay")).isEqualTo(2);
    assertThat(errors.toString()).contains("--peer redis-relay can't");
  }

  private JsonObject delivery(String name, String... more) {
    List<String> words = new ArrayList<>(List.of("--warm-up", "1", "--seconds", "2"));
    words.addAll(List.of(more));
    return measure(name, words.toArray(String[]::new));
  }

  /** What it has printed; the exit code says that nothing was lost or came twice. */
  private JsonObject measure(String name, String... more) {
    List<String> words = new ArrayList<>(List.of(name));
    words.addAll(List.of("--command", ServerProcess.command(folder).toString()));
    words.addAll(List.of("--work", folder.toString(), "--label", "smoke"));
    words.addAll(List.of(more));
    StringWriter printed = new StringWriter();
    StringWriter errors = new StringWriter();
    int code =
        BenchCommand.commandLine()
            .setOut(new PrintWriter(printed))
            .setErr(new PrintWriter(errors))
            .execute(words.toArray(String[]::new));
    assertThat(code).as("%s%s", printed, errors).isZero();
    JsonObject line = JsonParser.parseString(printed.toString()).getAsJsonObject();
    assertThat(line.get("case").getAsString()).isEqualTo(name);
    assertThat(line.get("label").getAsString()).isEqualTo("smoke");
    assertThat(line.get("failures").getAsLong()).isZero();
    return line;
  }
}
