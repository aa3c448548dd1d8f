package io.rivulet.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.server.network.HostPort;
import io.rivulet.server.token.TokenConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpFrontDoorTest {
  private final AtomicReference<String> notReady = new AtomicReference<>("");
  private final AtomicReference<String> remark = new AtomicReference<>("");
  private final AtomicBoolean hasStarted = new AtomicBoolean();
  private HttpFrontDoor door;

  @BeforeEach
  void listen() throws IOException {
    HttpFrontDoor.Health health =
        new HttpFrontDoor.Health() {
          @Override
          public boolean isLive() {
            return true;
          }

          @Override
          public String notReadyReason() {
            return notReady.get();
          }

          @Override
          public boolean hasStarted() {
            return hasStarted.get();
          }

          @Override
          public String remark() {
            return remark.get();
          }
        };
    door = HttpFrontDoor.open(config(0), health, () -> "some_metric 1.0\n");
  }

  @Test
  void whileTheServerStartsReadersAreAskedToComeAgainAsTheyUnderstandIt() throws Exception {
    URI events = URI.create("http://127.0.0.1:" + door.port() + "/v1/topics/t/lite/l/events");
    try (HttpClient client = HttpClient.newHttpClient()) {
      // A browser's EventSource would give up for good at any status but 200, or without CORS.
      HttpResponse<String> browser =
          client.send(
              HttpRequest.newBuilder(events)
                  .header("Accept", "text/event-stream")
                  .header("Origin", "https://chat.example")
                  .build(),
              BodyHandlers.ofString());
      HttpResponse<String> other =
          client.send(HttpRequest.newBuilder(events).build(), BodyHandlers.ofString());

      assertThat(browser.statusCode()).isEqualTo(200);
      assertThat(browser.headers().firstValue("access-control-allow-origin")).contains("*");
      assertThat(browser.body()).containsPattern("retry: [1-3][0-9]{3}\n\n");
      assertThat(other.statusCode()).isEqualTo(503);
      assertThat(other.headers().firstValue("retry-after")).isPresent();
    }
  }

  private static HttpConfig config(int port) {
    return new HttpConfig(
        new HostPort("127.0.0.1", port),
        Optional.empty(),
        new Hosts(Set.of(Cors.LOOPBACK)),
        new Cors(Set.of(Cors.LOOPBACK)),
        new TokenConfig(false, Duration.ofDays(1), Optional.empty(), Optional.empty()),
        "streams",
        new HttpConfig.Connections(2, 10, 100),
        Duration.ofSeconds(1),
        new HttpConfig.Readers(Duration.ofSeconds(1), 10, 1, 1024, Duration.ofSeconds(1)),
        new HttpConfig.Waits(
            Duration.ofSeconds(1), Duration.ofSeconds(1), "replies", Duration.ofSeconds(1), 1),
        new HttpConfig.Webhooks(
            HttpConfig.Loopback.NEVER,
            Set.of(),
            Duration.ofSeconds(1),
            1,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofDays(1)),
        false);
  }

  @AfterEach
  void close() {
    door.close();
  }

  @Test
  void liveReadyAndMetricsAreAnswered() throws Exception {
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    assertThat(get("/metrics").body()).isEqualTo("some_metric 1.0\n");
  }

  @Test
  void notReadySaysWhy() throws Exception {
    notReady.set("stopping");

    HttpResponse<String> response = get("/health/ready");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("stopping");
  }

  @Test
  void whatHasStartedOnceStaysSoAlsoWhenItIsNotReady() throws Exception {
    notReady.set("starting: joining the cluster");
    HttpResponse<String> starting = get("/health/startup");
    hasStarted.set(true);
    notReady.set("drained");
    HttpResponse<String> started = get("/health/startup");

    assertThat(starting.statusCode()).isEqualTo(503);
    assertThat(starting.body()).isEqualTo("not started: starting: joining the cluster\n");
    assertThat(started.statusCode()).isEqualTo(200);
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
  }

  @Test
  void whatIsReadyMayHaveSomethingToSay() throws Exception {
    remark.set("the metadata quorum does not answer");

    HttpResponse<String> response = get("/health/ready");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("ready: the metadata quorum does not answer\n");
  }

  @Test
  void anUnknownPathNamesTheKnownOnes() throws Exception {
    HttpResponse<String> response = get("/nothing");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("/health/ready");
  }

  @Test
  void onlyReadingIsAllowed() throws Exception {
    HttpRequest post =
        HttpRequest.newBuilder(uri("/metrics")).POST(BodyPublishers.ofString("x")).build();

    assertThat(send(post).statusCode()).isEqualTo(405);
  }

  @Test
  void anAddressInUseIsRefusedWithTheReason() {
    HttpConfig same = config(door.port());
    HttpFrontDoor.Health health =
        new HttpFrontDoor.Health() {
          @Override
          public boolean isLive() {
            return true;
          }

          @Override
          public String notReadyReason() {
            return "";
          }
        };

    assertThatThrownBy(() -> HttpFrontDoor.open(same, health, () -> ""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("in use");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).build());
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofString());
    }
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + door.port() + path);
  }
}
