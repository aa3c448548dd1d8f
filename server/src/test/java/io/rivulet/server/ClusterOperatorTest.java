package io.rivulet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.server.config.ServerConfig;
import io.rivulet.testkit.machine.FreePorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an operator sees of three real nodes, and does with them; all of it at one start of them.
 */
@Timeout(300)
@Isolated("three nodes need both processors of a small machine")
final class ClusterOperatorTest {
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final int SHARDS = 32;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Those of the cluster, and two for clients. */
  private static final int PORTS = 7;

  @TempDir private Path folder;
  private final Map<String, RivuletServer> nodes = new LinkedHashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init")
  ClusterOperatorTest() {}

  private record Ended(int code, String out, String err) {}

  @Test
  void anOperatorSeesNodesAndShardsEmptiesANodeUnderLoadAndStopsIt() throws Exception {
    try (http) {
      start();
      whatThereIsIsSeenAtAnyNode();
      metricsAndHealthAreThere();
      mistakesAreNamed();
      aNodeIsEmptiedWhileMessagesAreSentAndGetsItsShardsBack();
      theLastNodeIsNotEmptied();
      aNodeThatStopsIsNotReadyBeforeItBegins();
    } finally {
      for (RivuletServer node : List.copyOf(nodes.values()).reversed()) {
        node.close();
      }
    }
  }

  // ---- what is seen

  private void whatThereIsIsSeenAtAnyNode() throws Exception {
    Ended ended =
        rivulet(
            "b",
            "cluster",
            "status",
            "--wait-for",
            "nodes=3,settled,replicated",
            "--timeout",
            "2m");
    assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
    assertThat(ended.out())
        .contains("as b sees it: 3 nodes, 32 shards")
        .contains("storage: 3 take entries (a, b, c); ledgers with too few copies: 0");

    for (String name : NAMES) {
      JsonNode cluster = json(get(name, "/v1/cluster"));
      assertThat(cluster.get("answered-by").asString()).isEqualTo(name);
      assertThat(cluster.get("silent")).isEmpty();
      assertThat(cluster.get("unserved")).isEmpty();
      int owned = 0;
      for (JsonNode node : cluster.get("nodes")) {
        owned += node.get("owned").asInt();
        assertThat(node.get("state").asString()).isEqualTo("active");
        assertThat(node.get("roles").toString()).isEqualTo("[\"compute\",\"storage\"]");
        assertThat(node.get("report").get("metadata-connected").asBoolean()).isTrue();
        assertThat(node.get("report").get("storage").asString()).isEqualTo("writable");
      }
      assertThat(owned).isEqualTo(SHARDS);
      assertThat(cluster.get("shards")).hasSize(SHARDS);
      for (JsonNode shard : cluster.get("shards")) {
        assertThat(NAMES).contains(shard.get("owner").asString());
        assertThat(shard.get("epoch").asInt()).isPositive();
        assertThat(shard.get("standby").asString()).isNotEqualTo(shard.get("owner").asString());
        assertThat(shard.get("report").get("copies").asInt()).isEqualTo(3);
        assertThat(shard.get("report").get("ledgers").asInt()).isPositive();
      }
    }
    assertThat(rivulet("a", "cluster", "status", "--shards").out())
        .contains("SHARD  OWNER  EPOCH")
        .containsPattern("(?m)^31 +[abc] +[0-9]+ +[abc] +[abc]");
    JsonNode printed =
        JsonMapper.shared().readTree(rivulet("c", "cluster", "status", "--json").out());
    assertThat(printed.get("answeredBy").asString()).isEqualTo("c");
  }

  private void metricsAndHealthAreThere() throws Exception {
    double owned = 0;
    for (String name : NAMES) {
      for (String probe : List.of("live", "ready", "startup")) {
        assertThat(get(name, "/health/" + probe).statusCode()).as(probe).isEqualTo(200);
      }
      await("metrics of " + name)
          .atMost(PATIENCE)
          .until(() -> get(name, "/metrics").body().contains("rivulet_cluster_shards "));
      assertThat(metric(name, "rivulet_cluster_shards")).isEqualTo(SHARDS);
      assertThat(metric(name, "rivulet_cluster_nodes")).isEqualTo(3);
      assertThat(metric(name, "rivulet_cluster_links_down")).isZero();
      assertThat(metric(name, "rivulet_cluster_shards_unserved")).isZero();
      assertThat(metric(name, "rivulet_cluster_metadata_connected")).isEqualTo(1);
      assertThat(metric(name, "rivulet_cluster_storage_writable")).isEqualTo(1);
      assertThat(metric(name, "rivulet_cluster_log_copies")).isEqualTo(3);
      assertThat(metric(name, "rivulet_cluster_take_overs_total")).isPositive();
      assertThat(metric(name, "rivulet_cluster_take_over_millis_total")).isPositive();
      owned += metric(name, "rivulet_cluster_shards_owned");
    }
    assertThat(owned).isEqualTo(SHARDS);
  }

  private void mistakesAreNamed() throws Exception {
    HttpResponse<String> unknown = post("a", "/v1/cluster/nodes/x/drain");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(json(unknown).get("detail").asString())
        .isEqualTo("there is no node 'x'; there are a, b, c");
    Ended ended = rivulet("a", "cluster", "drain", "x");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("there is no node 'x'; there are a, b, c");
    assertThat(rivulet("a", "cluster", "undrain", "b").out()).contains("b was not drained");
  }

  // ---- what is done

  private void aNodeIsEmptiedWhileMessagesAreSentAndGetsItsShardsBack() throws Exception {
    AtomicBoolean isOver = new AtomicBoolean();
    AtomicInteger sent = new AtomicInteger();
    CompletableFuture<List<Integer>> load = new CompletableFuture<>();
    Thread sender = Thread.ofVirtual().start(() -> load.complete(send(isOver, sent)));
    await("messages are sent").atMost(PATIENCE).until(() -> sent.get() > 20);

    Ended ended = rivulet("a", "cluster", "drain", "c", "--wait", "--timeout", "2m");
    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("c owns nothing and may be stopped");
    assertThat(ownedBy("c")).isZero();
    assertThat(state("b", "c")).isEqualTo("drained");
    assertThat(metric("c", "rivulet_cluster_draining")).isEqualTo(1);
    assertThat(metric("c", "rivulet_cluster_shards_owned")).isZero();
    assertThat(metric("c", "rivulet_cluster_log_copies")).isNaN();
    assertThat(metric("c", "rivulet_cluster_handed_over_total")).isPositive();
    await("the moves were seen to end")
        .atMost(PATIENCE)
        .until(() ->
            metric("c", "rivulet_cluster_moves_total")
                == metric("c", "rivulet_cluster_handed_over_total"));
    assertThat(metric("c", "rivulet_cluster_move_stall_millis_total")).isPositive();
    HttpResponse<String> ready = get("c", "/health/ready");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body()).contains("drained").contains("undrain c");
    assertThat(get("c", "/health/live").statusCode()).isEqualTo(200);
    assertThat(get("c", "/health/startup").statusCode()).isEqualTo(200);
    assertThat(rivulet("b", "cluster", "drain", "c").out()).contains("c is drained already");

    assertThat(get("c", "/metrics").body())
        .as("what c does not own it asks of others")
        .containsPattern("rivulet_cluster_calls_total\\{way=\"out\"} [1-9]")
        .containsPattern("rivulet_cluster_calls_millis_total\\{way=\"out\"} [1-9]");

    int before = sent.get();
    await("messages are sent on").atMost(PATIENCE).until(() -> sent.get() > before + 20);
    HttpResponse<String> undrained = post("c", "/v1/cluster/nodes/c/undrain");
    assertThat(undrained.body()).contains("\"drained\":false").contains("\"changed\":true");
    await("c has shards again").atMost(PATIENCE).until(() -> ownedBy("c") >= SHARDS / 4);
    assertThat(get("c", "/health/ready").statusCode()).isEqualTo(200);
    isOver.set(true);
    assertThat(load.get(60, TimeUnit.SECONDS)).as("all were stored").containsOnly(201);
    assertThat(sender.join(PATIENCE)).isTrue();
  }

  /** One after the other, to all shards, at the node that is emptied. */
  private List<Integer> send(AtomicBoolean isOver, AtomicInteger sent) {
    List<Integer> answers = new ArrayList<>();
    try {
      for (int i = 0; !isOver.get(); i++) {
        HttpRequest request =
            request("c", "/v1/topics/chat/lite/session-" + i % 64 + "/messages")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"text\":\"token " + i + "\"}"))
                .build();
        answers.add(http.send(request, BodyHandlers.ofString()).statusCode());
        sent.incrementAndGet();
      }
    } catch (IOException | InterruptedException e) {
      answers.add(-1);
    }
    return answers;
  }

  private void theLastNodeIsNotEmptied() throws Exception {
    assertThat(post("a", "/v1/cluster/nodes/b/drain").statusCode()).isEqualTo(200);
    assertThat(post("a", "/v1/cluster/nodes/c/drain").statusCode()).isEqualTo(200);
    await("a knows it")
        .atMost(PATIENCE)
        .until(() -> metric("a", "rivulet_cluster_nodes_drained") == 2);
    HttpResponse<String> refused = post("a", "/v1/cluster/nodes/a/drain");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(json(refused).get("detail").asString()).contains("no other node is left");
    assertThat(rivulet("c", "cluster", "undrain", "b").code()).isZero();
    assertThat(rivulet("b", "cluster", "undrain", "c").code()).isZero();
    await("all are ready again")
        .atMost(PATIENCE)
        .until(() ->
            get("b", "/health/ready").statusCode() == 200
                && get("c", "/health/ready").statusCode() == 200);
  }

  private void aNodeThatStopsIsNotReadyBeforeItBegins() throws Exception {
    RivuletServer stopping = Objects.requireNonNull(nodes.get("b"));
    Thread stop = Thread.ofPlatform().start(stopping::close);
    await("it says so").atMost(PATIENCE).until(() -> get("b", "/health/ready").statusCode() == 503);
    assertThat(get("b", "/health/ready").body()).isEqualTo("not ready: stopping\n");
    assertThat(get("b", "/health/live").statusCode()).isEqualTo(200);
    assertThat(state("a", "b")).as("it has not begun").isEqualTo("active");
    assertThat(stop.join(PATIENCE)).isTrue();
    nodes.remove("b");

    Ended ended =
        rivulet("a", "cluster", "status", "--wait-for", "served,settled", "--timeout", "1m");
    assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
    assertThat(ended.out()).contains("2 nodes, 32 shards");
    await("its storage is known to be away")
        .atMost(PATIENCE)
        .until(() -> rivulet("c", "cluster", "status").out().contains("2 take entries (a, c)"));
    Ended never = rivulet("a", "cluster", "status", "--wait-for", "nodes=3", "--timeout", "1s");
    assertThat(never.code()).isEqualTo(1);
    assertThat(never.err()).contains("not within 1s: 2 of 3 nodes are there");
    await("BookKeeper notes what too few hold")
        .atMost(PATIENCE)
        .until(() ->
            json(get("c", "/v1/cluster")).get("storage").path("under-replicated").asInt(0) > 0);
  }

  // ---- helpers

  private void start() throws Exception {
    List<Integer> ports = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (String name : NAMES) {
      int first = FreePorts.inARow(PORTS);
      ports.add(first);
      places.add(name + "=127.0.0.1:" + first);
    }
    Map<String, CompletableFuture<RivuletServer>> starting = new LinkedHashMap<>();
    for (int i = 0; i < NAMES.size(); i++) {
      String name = NAMES.get(i);
      ServerConfig config =
          ServerConfig.embedded(
              folder.resolve(name),
              Map.of(
                  "cluster.enabled",
                  "true",
                  "cluster.nodes",
                  String.join(",", places),
                  "cluster.node",
                  name,
                  "cluster.leave-delay",
                  "3s",
                  "cluster.leave-time",
                  "20s",
                  "grpc.address",
                  "127.0.0.1:" + (ports.get(i) + 5),
                  "http.address",
                  "127.0.0.1:" + (ports.get(i) + 6)));
      CompletableFuture<RivuletServer> started = new CompletableFuture<>();
      starting.put(name, started);
      Thread.ofPlatform()
          .name("start-" + name)
          .start(() -> {
            try {
              started.complete(RivuletServer.start(config));
            } catch (StartException | RuntimeException e) {
              started.completeExceptionally(e);
            }
          });
    }
    for (Map.Entry<String, CompletableFuture<RivuletServer>> each : starting.entrySet()) {
      nodes.put(each.getKey(), each.getValue().get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }
  }

  private RivuletServer node(String name) {
    return Objects.requireNonNull(nodes.get(name));
  }

  private HttpRequest.Builder request(String name, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node(name).httpPort() + path));
  }

  private HttpResponse<String> get(String name, String path)
      throws IOException, InterruptedException {
    return http.send(request(name, path).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String name, String path)
      throws IOException, InterruptedException {
    return http.send(
        request(name, path).POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }

  private double metric(String node, String metric) throws IOException, InterruptedException {
    String page = get(node, "/metrics").body();
    Matcher line = Pattern.compile("(?m)^" + metric + " (\\S+)$").matcher(page);
    assertThat(line.find()).as(metric).isTrue();
    return Double.parseDouble(line.group(1));
  }

  private int ownedBy(String node) throws IOException, InterruptedException {
    return of("a", node).get("owned").asInt();
  }

  private String state(String asked, String node) throws IOException, InterruptedException {
    return of(asked, node).get("state").asString();
  }

  private JsonNode of(String asked, String node) throws IOException, InterruptedException {
    for (JsonNode each : json(get(asked, "/v1/cluster")).get("nodes")) {
      if (each.get("name").asString().equals(node)) {
        return each;
      }
    }
    throw new AssertionError("there is no node " + node);
  }

  private Ended rivulet(String asked, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--endpoint");
    all.add("127.0.0.1:" + node(asked).grpcPort());
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = command.execute(all.toArray(String[]::new));
    command.getOut().flush();
    command.getErr().flush();
    return new Ended(code, out.toString(), err.toString());
  }
}
