package io.rivulet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a started server tells of its HTTP port. */
@Timeout(60)
final class HttpMetricsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private RivuletServer server;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeEach
  void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, Map.of("http.max-waiting", "1")));
    send("PUT", "/v1/stream/chat/42");
  }

  @AfterEach
  void stop() {
    http.shutdownNow();
    server.close();
  }

  @Test
  void answersAreCountedByRouteAndStatus() throws Exception {
    send("GET", "/v1/stream/chat/42");
    send("GET", "/v1/stream/chat/43");
    send("GET", "/v1/topics/chat");
    send("POST", "/v1/stream/chat/42", "Origin", "https://evil.example");

    awaitMetric("rivulet_http_requests_total{route=\"stream\",status=\"2xx\"} 2.0");
    awaitMetric("rivulet_http_requests_total{route=\"stream\",status=\"4xx\"} 2.0");
    awaitMetric("rivulet_http_requests_total{route=\"rest\",status=\"2xx\"} 1.0");
    awaitMetric("rivulet_http_requests_total{route=\"rest\",status=\"5xx\"} 0.0");
  }

  @Test
  void readersAreCountedWhileTheyAreThere() throws Exception {
    InputStream events = open("/v1/topics/chat/lite/42/events");
    InputStream stream = open("/v1/stream/chat/42?offset=-1&live=sse");
    CompletableFuture<?> poll = later("GET", "/v1/stream/chat/42?offset=now&live=long-poll");

    awaitMetric("rivulet_http_readers{kind=\"events\"} 1.0");
    awaitMetric("rivulet_http_readers{kind=\"stream\"} 1.0");
    awaitMetric("rivulet_http_readers{kind=\"long-poll\"} 1.0");

    events.close();
    stream.close();
    send("DELETE", "/v1/stream/chat/42");
    poll.join();
    awaitMetric("rivulet_http_readers{kind=\"events\"} 0.0");
    awaitMetric("rivulet_http_readers{kind=\"stream\"} 0.0");
    awaitMetric("rivulet_http_readers{kind=\"long-poll\"} 0.0");
  }

  @Test
  void callsThatWaitAreShownBesideTheirBound() throws Exception {
    CompletableFuture<?> waiting =
        later("GET", "/v1/topics/chat/lite/42/messages?from=last&wait=20s");
    awaitMetric("rivulet_http_waiting 1.0");
    awaitMetric("rivulet_http_waiting_limit 1.0");

    assertThat(send("GET", "/v1/topics/chat/lite/42/messages").statusCode()).isEqualTo(429);
    awaitMetric("rivulet_http_waiting_refused_total 1.0");

    waiting.cancel(true);
    awaitMetric("rivulet_http_waiting 0.0");
  }

  // ---- words

  private HttpRequest.Builder request(String method, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
        .method(
            method, method.equals("POST") ? BodyPublishers.ofString("x") : BodyPublishers.noBody());
  }

  private HttpResponse<String> send(String method, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request = request(method, path);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private CompletableFuture<HttpResponse<String>> later(String method, String path) {
    return http.sendAsync(request(method, path).build(), BodyHandlers.ofString());
  }

  private InputStream open(String path) throws Exception {
    return http.send(request("GET", path).build(), BodyHandlers.ofInputStream()).body();
  }

  /** Metrics are loaded after the start, and answers may be on their way. */
  private void awaitMetric(String line) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    String scrape = "";
    while (!scrape.contains(line + "\n") && System.nanoTime() < end) {
      scrape = send("GET", "/metrics").body();
    }
    assertThat(scrape.lines().filter(each -> each.startsWith("rivulet_http_"))).contains(line);
  }
}
