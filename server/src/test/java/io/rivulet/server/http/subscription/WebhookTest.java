package io.rivulet.server.http.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks that fail, servers that end: a wake that nobody has finished comes again. */
@Timeout(60)
final class WebhookTest {
  private static final String SUBSCRIPTION = "/v1/stream/__ds/subscriptions/titles";

  @TempDir private Path folder;
  private HttpServer receiver;
  private RivuletServer server;
  private final List<String> wakes = new CopyOnWriteArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();

  /** So many requests more are answered with 500. */
  private volatile int failures;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder and calls start
  WebhookTest() {}

  @BeforeEach
  void start() throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext("/wake", this::receive);
    receiver.start();
    server = open(Map.of());
  }

  @AfterEach
  void stop() {
    receiver.stop(0);
    server.close();
  }

  private RivuletServer open(Map<String, String> settings) throws Exception {
    Map<String, String> all = new java.util.HashMap<>(settings);
    all.put("http.webhook-backoff", "50ms");
    all.put("http.webhook-max-backoff", "200ms");
    return RivuletServer.start(ServerConfig.embedded(folder, all));
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      wakes.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      byte[] answer = "{\"done\": true}".getBytes(StandardCharsets.UTF_8);
      boolean isFailure = failures > 0;
      failures = Math.max(0, failures - 1);
      exchange.getResponseHeaders().add("content-type", "application/json");
      exchange.sendResponseHeaders(isFailure ? 500 : 200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  @Test
  void aRequestThatFailsIsTriedAgainUntilItIsDone() throws Exception {
    failures = 3;
    assertThat(subscribe().statusCode()).isEqualTo(201);

    append("chat/1");

    await().until(() -> wakes.size() >= 4);
    await()
        .untilAsserted(() -> assertThat(send("GET", SUBSCRIPTION, "").body()).contains("chat/1"));
    int wakesOfFirst = wakes.size();
    append("chat/2");
    await().until(() -> wakes.size() > wakesOfFirst);
    assertThat(wakes.getLast()).contains("chat/2");
  }

  @Test
  void aWakeThatWasNotDoneComesAgainAfterARestart() throws Exception {
    failures = Integer.MAX_VALUE;
    assertThat(subscribe().statusCode()).isEqualTo(201);
    append("chat/1");
    await().until(() -> !wakes.isEmpty());

    server.close();
    wakes.clear();
    failures = 0;
    server = open(Map.of());

    await().atMost(Duration.ofSeconds(30)).until(() -> !wakes.isEmpty());
    assertThat(wakes.getFirst()).contains("chat/1").contains("\"titles\"");
  }

  @Test
  void thisMachineIsRefusedWhereTheOperatorSaysSo() throws Exception {
    server.close();
    server = open(Map.of("http.webhook-loopback", "never"));

    HttpResponse<String> refused = subscribe();

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("WEBHOOK_URL_REJECTED");
  }

  @Test
  void aSubscriptionThatIsDeletedWakesNobody() throws Exception {
    assertThat(subscribe().statusCode()).isEqualTo(201);
    assertThat(send("DELETE", SUBSCRIPTION, "").statusCode()).isEqualTo(204);

    append("chat/1");

    assertThat(send("GET", SUBSCRIPTION, "").statusCode()).isEqualTo(404);
    assertThat(subscribe().statusCode()).as("it can be made anew").isEqualTo(201);
    append("chat/2");
    await().until(() -> !wakes.isEmpty());
    assertThat(wakes.getFirst()).contains("chat/2");
  }

  private HttpResponse<String> subscribe() throws Exception {
    String hook = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/wake";
    return send(
        "PUT",
        SUBSCRIPTION,
        "{\"type\": \"webhook\", \"pattern\": \"chat/*\", \"lease_ttl_ms\": 1000,"
            + " \"webhook\": {\"url\": \""
            + hook
            + "\"}}");
  }

  private void append(String stream) throws Exception {
    assertThat(send("PUT", "/v1/stream/" + stream, "[{\"a\": 1}]").statusCode()).isEqualTo(201);
  }

  private HttpResponse<String> send(String method, String path, String json) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
            .header("content-type", "application/json")
            .method(method, BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }
}
