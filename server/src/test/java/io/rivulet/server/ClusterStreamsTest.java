package io.rivulet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.testkit.machine.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Forks of streams and subscriptions to them at three real nodes; all of it at one start of them.
 */
@Timeout(300)
@Isolated("three nodes need both processors of a small machine")
final class ClusterStreamsTest {
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String SUBSCRIPTIONS = "/v1/stream/__ds/subscriptions/";

  /** Those of the cluster, and two for clients. */
  private static final int PORTS = 7;

  @TempDir private Path folder;
  private final Map<String, RivuletServer> nodes = new LinkedHashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<JsonNode> wakes = new CopyOnWriteArrayList<>();
  private final List<String> signatures = new CopyOnWriteArrayList<>();

  @SuppressWarnings("NullAway.Init")
  ClusterStreamsTest() {}

  @Test
  void streamsAreForkedAndSubscribedToAtAnyNode() throws Exception {
    HttpServer receiver =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext("/wake", this::receive);
    receiver.start();
    try (http) {
      start();
      forksAreMadeWhereverTheirSourcesAre();
      workersClaimAtOneNodeAndAcknowledgeAtAnother();
      String hook = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/wake";
      aWebhookIsCalledForStreamsOfAllNodes(hook);
      anyNodePublishesTheKeyOfTheOneThatSigned();
      wakesGoOnWhenANodeIsStopped();
    } finally {
      receiver.stop(0);
      for (RivuletServer node : List.copyOf(nodes.values()).reversed()) {
        node.close();
      }
    }
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      wakes.add(JsonMapper.shared().readTree(new String(body, StandardCharsets.UTF_8)));
      signatures.add(exchange.getRequestHeaders().getFirst("webhook-signature"));
      byte[] answer = "{\"done\": true}".getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("content-type", "application/json");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  // ---- forks

  private void forksAreMadeWhereverTheirSourcesAre() throws Exception {
    assertThat(put("a", "/v1/stream/chat/source", "text/plain", "").statusCode()).isEqualTo(201);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      append("b", "/v1/stream/chat/source", "text/plain", "part " + i + " ");
      all.append("part ").append(i).append(' ');
    }
    for (int i = 0; i < 12; i++) {
      String node = NAMES.get(i % 3);
      String fork = "/v1/stream/chat/fork-" + i;
      assertThat(fork(node, fork).statusCode()).as(fork).isEqualTo(201);
      append("c", fork, "text/plain", "own");
      assertThat(get("a", fork + "?offset=-1").body()).isEqualTo(all + "own");
      assertThat(fork("b", fork).statusCode()).as("asked for again").isEqualTo(200);
    }
    assertThat(send("c", "DELETE", "/v1/stream/chat/source", "", "").statusCode()).isEqualTo(204);
    for (int i = 0; i < 12; i++) {
      assertThat(get("b", "/v1/stream/chat/fork-" + i + "?offset=-1").body())
          .isEqualTo(all + "own");
    }
    // Of those in its own shard it is kept for them, as within one process.
    assertThat(fork("a", "/v1/stream/chat/late").statusCode()).isIn(404, 409);
  }

  private HttpResponse<String> fork(String node, String path) throws Exception {
    return http.send(
        request(node, path)
            .header("stream-forked-from", "/v1/stream/chat/source")
            .PUT(BodyPublishers.noBody())
            .build(),
        BodyHandlers.ofString());
  }

  // ---- pull-wake

  private void workersClaimAtOneNodeAndAcknowledgeAtAnother() throws Exception {
    assertThat(put("a", "/v1/stream/wake/pool", "application/json", "").statusCode())
        .isEqualTo(201);
    HttpResponse<String> made =
        put(
            "b",
            SUBSCRIPTIONS + "pool",
            "application/json",
            """
            {"type":"pull-wake","pattern":"tasks/*","wake_stream":"wake/pool"}\
            """);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    for (int i = 0; i < 6; i++) {
      String stream = "/v1/stream/tasks/s" + i;
      put("a", stream, "text/plain", "");
      append("c", stream, "text/plain", "x");
    }
    JsonNode claimed = json(post("c", SUBSCRIPTIONS + "pool/claim", "{\"worker\":\"w1\"}", ""));
    assertThat(claimed.get("streams")).hasSize(6);
    assertThat(post("a", SUBSCRIPTIONS + "pool/claim", "{\"worker\":\"w2\"}", "").statusCode())
        .isEqualTo(409);
    List<String> acks = new ArrayList<>();
    for (JsonNode each : claimed.get("streams")) {
      acks.add(
          "{\"stream\":%s,\"offset\":%s}".formatted(each.get("path"), each.get("tail_offset")));
    }
    String ack =
        "{\"wake_id\":%s,\"generation\":%s,\"done\":true,\"acks\":[%s]}"
            .formatted(claimed.get("wake_id"), claimed.get("generation"), String.join(",", acks));
    String token = claimed.get("token").asString();
    HttpResponse<String> done = post("b", SUBSCRIPTIONS + "pool/ack", ack, token);
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    assertThat(json(done).get("next_wake").asBoolean()).isFalse();
    assertThat(post("a", SUBSCRIPTIONS + "pool/ack", ack, token).statusCode()).isEqualTo(409);
    assertThat(json(get("a", SUBSCRIPTIONS + "pool")).get("streams"))
        .hasSize(6)
        .allMatch(each -> !each.get("has_pending").asBoolean());
    await("the wake stream")
        .atMost(PATIENCE)
        .until(() -> get("c", "/v1/stream/wake/pool?offset=-1").body().contains("\"pool\""));
  }

  // ---- webhooks

  private void aWebhookIsCalledForStreamsOfAllNodes(String hook) throws Exception {
    HttpResponse<String> made =
        put(
            "c",
            SUBSCRIPTIONS + "titles",
            "application/json",
            "{\"type\":\"webhook\",\"pattern\":\"news/*\",\"webhook\":{\"url\":\"" + hook + "\"}}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    for (int i = 0; i < 6; i++) {
      String stream = "/v1/stream/news/s" + i;
      put("b", stream, "text/plain", "");
      append(NAMES.get(i % 3), stream, "text/plain", "x");
      String path = "news/s" + i;
      await("a wake for " + path).atMost(PATIENCE).until(() -> isNamed(path));
    }
    await("all is done")
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(json(get("a", SUBSCRIPTIONS + "titles")).get("streams"))
                .hasSize(6)
                .allMatch(each -> !each.get("has_pending").asBoolean()));
  }

  private boolean isNamed(String path) {
    for (JsonNode wake : wakes) {
      for (JsonNode each : wake.get("streams")) {
        if (each.get("path").asString().equals(path)) {
          return true;
        }
      }
    }
    return false;
  }

  private void anyNodePublishesTheKeyOfTheOneThatSigned() throws Exception {
    for (String node : NAMES) {
      String keys = get(node, "/v1/stream/__ds/jwks.json").body();
      for (String signature : signatures) {
        String kid = signature.replaceFirst(".*kid=([^,]+),.*", "$1");
        assertThat(keys).contains(kid);
      }
    }
  }

  private void wakesGoOnWhenANodeIsStopped() throws Exception {
    node("b").close();
    nodes.remove("b");
    wakes.clear();
    for (int i = 0; i < 6; i++) {
      append(i % 2 == 0 ? "a" : "c", "/v1/stream/news/s" + i, "text/plain", "y");
    }
    for (int i = 0; i < 6; i++) {
      String path = "news/s" + i;
      await("a wake for " + path).atMost(PATIENCE).until(() -> isNamed(path));
    }
  }

  // ---- requests

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

  private HttpResponse<String> put(String name, String path, String contentType, String body)
      throws IOException, InterruptedException {
    return send(name, "PUT", path, contentType, body);
  }

  private HttpResponse<String> send(
      String name, String method, String path, String contentType, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(name, path)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!contentType.isEmpty()) {
      request.header("content-type", contentType);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private void append(String name, String path, String contentType, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(name, "POST", path, contentType, body);
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 204);
  }

  private HttpResponse<String> post(String name, String path, String body, String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(name, path)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("authorization", "Bearer " + token);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body());
  }

  // ---- nodes

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
                  "cluster.leave-time",
                  "20s",
                  "http.webhook-backoff",
                  "100ms",
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
}
