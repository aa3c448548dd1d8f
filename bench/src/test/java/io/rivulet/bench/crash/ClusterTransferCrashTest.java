package io.rivulet.bench.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What a single process has is taken into a cluster of three, with a death in between, and back:
 * its clients go on where they were.
 */
@Isolated("three nodes need both processors of a small machine")
final class ClusterTransferCrashTest {
  private static final Map<String, String> STORAGE =
      Map.of("RIVULET_CLUSTER_ROLES", "storage", "RIVULET_CLUSTER_SHARDS", "3");
  private static final Map<String, String> COMPUTE =
      Map.of("RIVULET_CLUSTER_ROLES", "compute", "RIVULET_CLUSTER_SHARDS", "3");
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
  private static final Pattern TEXT = Pattern.compile("\"text\":\"([^\"]+)\"");
  private static final Pattern RESUME = Pattern.compile("\"resume\":\"([^\"]+)\"");
  private static final int SESSIONS = 8;

  @TempDir private Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<String> sent = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  ClusterTransferCrashTest() {}

  @Test
  void clientsOfASingleProcessGoOnInAClusterAndBack() throws IOException, InterruptedException {
    ServerProcess single =
        ServerProcess.start(Files.createDirectories(folder.resolve("one")), Map.of());
    write(single);
    Map<String, String> streams = streams(single);
    Path back = folder.resolve("back");
    String resume = first(RESUME, get(single, "/v1/topics/chat/lite/s3/messages?limit=2"));
    single.stop();

    try (ThreeNodeCluster cluster = new ThreeNodeCluster(folder, STORAGE)) {
      take(cluster, "import", single.data(), true);
      ServerProcess serving = cluster.join(folder.resolve("d"), COMPUTE);

      assertThat(streams(serving)).isEqualTo(streams);
      assertThat(get(serving, "/v1/stream/chat/s1?offset=" + offset(2))).isEqualTo("s1-2 s1-3 ");
      assertThat(get(serving, "/v1/topics/chat/lite/s3/messages?cursor=" + resume))
          .contains("s3-2 ")
          .doesNotContain("s3-1 ");
      assertThat(post(serving, "/v1/stream/chat/closed", "late").statusCode()).isEqualTo(409);
      assertThat(post(serving, "/v1/stream/chat/s1", "s1-4 ").headers().map())
          .containsEntry("stream-next-offset", List.of(offset(5)));
      receive(serving, 5);
      String parked = get(serving, "/v1/topics/jobs");
      assertThat(parked).contains("\"parked\":1");
      streams = streams(serving);
      serving.stop();

      take(cluster, "export", Files.createDirectories(back).resolve("data"), false);
    }

    try (ServerProcess again = ServerProcess.start(back, Map.of())) {
      assertThat(streams(again)).isEqualTo(streams);
      assertThat(get(again, "/v1/topics/jobs")).contains("\"parked\":1");
      receive(again, 100);
    }
  }

  // ---- what a single process has

  private void write(ServerProcess server) throws IOException, InterruptedException {
    for (int session = 0; session < SESSIONS; session++) {
      put(server, "/v1/stream/chat/s" + session);
      for (int message = 0; message < 4; message++) {
        String text = "s" + session + "-" + message + " ";
        assertThat(post(server, "/v1/stream/chat/s" + session, text).statusCode()).isEqualTo(204);
      }
    }
    put(server, "/v1/stream/chat/closed");
    HttpRequest close =
        request(server, "/v1/stream/chat/closed")
            .header("content-type", "text/plain")
            .header("Stream-Closed", "true")
            .POST(HttpRequest.BodyPublishers.ofString("the end"))
            .build();
    assertThat(http.send(close, BodyHandlers.ofString()).statusCode()).isLessThan(300);
    for (int job = 0; job < 20; job++) {
      json(server, "/v1/topics/jobs/messages", "{\"text\":\"job-%02d\"}".formatted(job));
      sent.add("job-%02d".formatted(job));
    }
    json(server, "/v1/topics/jobs/messages", "{\"text\":\"later\",\"delay\":\"2h\"}");
    receive(server, 5);
  }

  /** Some jobs are done, others handed out and not done: these come back. */
  private void receive(ServerProcess server, int count) throws IOException, InterruptedException {
    List<String> receipts = new ArrayList<>();
    TreeSet<String> texts = new TreeSet<>();
    await("jobs at " + server.http())
        .atMost(PATIENCE)
        .until(() -> {
          String received =
              json(
                  server,
                  "/v1/groups/workers/receive",
                  "{\"topic\":\"jobs\",\"max\":10,\"wait\":\"1s\",\"lease\":\"5s\"}");
          List<String> found = all(TEXT, received);
          List<String> handles = all(RECEIPT, received);
          for (int i = 0; i < found.size() && texts.size() < Math.min(count, sent.size()); i++) {
            assertThat(sent).contains(found.get(i));
            if (texts.add(found.get(i))) {
              receipts.add(handles.get(i));
            }
          }
          return texts.size() >= Math.min(count, sent.size());
        });
    String answer =
        json(
            server,
            "/v1/groups/workers/ack",
            "{\"receipts\":[\"" + String.join("\",\"", receipts) + "\"]}");
    assertThat(answer).doesNotContain("INVALID");
    sent.removeAll(texts);
  }

  private Map<String, String> streams(ServerProcess server)
      throws IOException, InterruptedException {
    Map<String, String> found = new TreeMap<>();
    for (int session = 0; session < SESSIONS; session++) {
      found.put("s" + session, get(server, "/v1/stream/chat/s" + session + "?offset=-1"));
    }
    found.put("closed", get(server, "/v1/stream/chat/closed?offset=-1"));
    return found;
  }

  private static String offset(int offset) {
    return "0000000000000000_%016d".formatted(offset);
  }

  // ---- there and back

  private Process run(ThreeNodeCluster cluster, String command, Path data) {
    return ServerProcess.run(
        folder.resolve(command + ".out"),
        List.of(command, "--data", data.toString(), "--nodes", cluster.places()));
  }

  /** Runs a command to its end; with a death first. */
  private void take(ThreeNodeCluster cluster, String command, Path data, boolean dies)
      throws IOException, InterruptedException {
    Path output = folder.resolve(command + ".out");
    if (dies) {
      Process first = run(cluster, command, data);
      await("it fills shards")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(10))
          .until(
              () -> Files.exists(output) && Files.readString(output).contains("checksums of what"));
      first.destroyForcibly().waitFor();
    }
    assertThat(run(cluster, command, data).waitFor()).as(Files.readString(output)).isZero();
    assertThat(output).content().contains("read back and found the same");
  }

  // ---- requests

  private static HttpRequest.Builder request(ServerProcess server, String path) {
    return HttpRequest.newBuilder(URI.create(server.http() + path)).timeout(PATIENCE);
  }

  private String get(ServerProcess server, String path) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(request(server, path).build(), BodyHandlers.ofString());
    assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
    return response.body();
  }

  private void put(ServerProcess server, String path) throws IOException, InterruptedException {
    HttpRequest made =
        request(server, path)
            .header("content-type", "text/plain")
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    assertThat(http.send(made, BodyHandlers.ofString()).statusCode()).isEqualTo(201);
  }

  private HttpResponse<String> post(ServerProcess server, String path, String text)
      throws IOException, InterruptedException {
    HttpRequest posted =
        request(server, path)
            .header("content-type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString(text))
            .build();
    return http.send(posted, BodyHandlers.ofString());
  }

  private String json(ServerProcess server, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest posted =
        request(server, path)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(posted, BodyHandlers.ofString());
    assertThat(response.statusCode()).as(path + ": " + response.body()).isLessThan(300);
    return response.body();
  }

  private static String first(Pattern pattern, String text) {
    return all(pattern, text).getFirst();
  }

  private static List<String> all(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
