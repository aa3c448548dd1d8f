package io.rivulet.server.http.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tokens;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may read and write what over HTTP, as a browser and a back end see it. */
@Timeout(60)
final class TokenAccessTest {
  private static final String EVENTS = "/v1/topics/chat/lite/42/events";

  @TempDir private Path folder;
  private RivuletServer server;
  private RivuletClient client;
  private final HttpClient http = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder and calls start
  TokenAccessTest() {}

  @BeforeEach
  void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, Map.of("http.security", "tokens")));
    client = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
    client.session("chat", "42").append(OutgoingMessage.of("hello")).join();
    client.session("chat", "43").append(OutgoingMessage.of("secret")).join();
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void aTokenReadsItsSessionAndNothingElse() throws Exception {
    String token = token("read:chat/42");

    assertThat(send("GET", "/v1/stream/chat/42", token).body()).isEqualTo("hello");
    HttpResponse<String> other = send("GET", "/v1/stream/chat/43", token);
    assertThat(other.statusCode()).isEqualTo(403);
    assertThat(other.body()).contains("read:chat/43").contains("read:chat/42");
    assertThat(send("POST", "/v1/stream/chat/42", token).statusCode()).isEqualTo(403);
    assertThat(send("PUT", "/v1/stream/chat/42", token).statusCode()).isEqualTo(403);
    assertThat(send("DELETE", "/v1/stream/chat/42", token).statusCode()).isEqualTo(403);
    assertThat(send("GET", "/v1/topics/chat/lite/43/events", token).statusCode()).isEqualTo(403);
  }

  @Test
  void aTokenThatMayWriteMayNotReadAndAPrefixIsMany() throws Exception {
    String token = token("write:chat/4*");

    assertThat(send("POST", "/v1/stream/chat/43", token).statusCode()).isEqualTo(204);
    assertThat(send("POST", "/v1/stream/chat/50", token).statusCode()).isEqualTo(403);
    assertThat(send("GET", "/v1/stream/chat/42", token).statusCode()).isEqualTo(403);
  }

  @Test
  void whoMaySendToATopicMayGiveAnotherPriorityInIt() throws Exception {
    String token = token("write:urgent");

    assertThat(send("POST", "/v1/topics/urgent/priority", token).body())
        .contains("the body is no JSON");
    assertThat(send("POST", "/v1/topics/other/priority", token).statusCode()).isEqualTo(403);
    assertThat(send("POST", "/v1/priority", token).statusCode()).isEqualTo(403);
  }

  @Test
  void aForkIsReadingItsSource() throws Exception {
    String token = token("write:chat/mine");

    HttpResponse<String> fork =
        http.send(
            request("/v1/stream/chat/mine")
                .header("authorization", "Bearer " + token)
                .header("stream-forked-from", "/v1/stream/chat/43")
                .PUT(BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString());

    assertThat(fork.statusCode()).isEqualTo(403);
    assertThat(fork.body()).contains("read:chat/43");
  }

  @Test
  void withoutATokenTheReasonIsSaid() throws Exception {
    HttpResponse<String> none = send("GET", "/v1/stream/chat/42", null);
    assertThat(none.statusCode()).isEqualTo(401);
    assertThat(none.headers().firstValue("www-authenticate")).contains("Bearer realm=\"rivulet\"");
    assertThat(none.body()).contains("rivulet token create");
    assertThat(send("GET", "/v1/stream/chat/42", "x.y.z").statusCode()).isEqualTo(401);
    assertThat(send("GET", "/health/live", null).statusCode()).isEqualTo(200);
    assertThat(send("GET", "/metrics", null).statusCode()).isEqualTo(200);
  }

  @Test
  void aBrowsersEventSourceSendsItInTheAddress() throws Exception {
    String token = token("read:chat/42");
    HttpRequest close =
        request("/v1/stream/chat/42")
            .header("authorization", "Bearer " + token("write:chat/42"))
            .header("stream-closed", "true")
            .POST(BodyPublishers.noBody())
            .build();
    assertThat(http.send(close, BodyHandlers.ofString()).statusCode()).isEqualTo(204);

    HttpResponse<String> events = send("GET", EVENTS + "?access_token=" + token, null);

    assertThat(events.statusCode()).isEqualTo(200);
    assertThat(events.body()).contains("data:hello").contains("event: end");
    assertThat(send("POST", "/v1/stream/chat/42?access_token=" + token, null).statusCode())
        .as("only where nothing is changed")
        .isEqualTo(401);
  }

  @Test
  void aReaderIsCutOffWhenItsTokenEnds() throws Exception {
    String token =
        client.tokens().create("", List.of("read:chat/42"), Duration.ofSeconds(2)).text();
    HttpResponse<InputStream> events =
        http.send(
            request(EVENTS).header("authorization", "Bearer " + token).GET().build(),
            BodyHandlers.ofInputStream());
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(events.body(), StandardCharsets.UTF_8));
    await().until(() -> "data:hello".equals(lines.readLine()));

    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> send("GET", "/v1/stream/chat/42", token).statusCode() == 401);
    client.session("chat", "42").append(OutgoingMessage.of("last")).join();
    client.session("chat", "42").append(OutgoingMessage.of("never shown")).join();

    String rest = String.join("\n", lines.lines().toList());
    assertThat(rest).doesNotContain("never shown");
  }

  @Test
  void rotatingAndRemovingKeysNeedsNoRestart() throws Exception {
    String before = token("read:chat/42");
    Tokens.Key old = client.tokens().keys().getFirst();

    client.tokens().rotateKey();
    String after = token("read:chat/42");
    assertThat(send("GET", "/v1/stream/chat/42", before).statusCode()).isEqualTo(200);
    assertThat(send("GET", "/v1/stream/chat/42", after).statusCode()).isEqualTo(200);

    client.tokens().removeKey(old.id());
    assertThat(send("GET", "/v1/stream/chat/42", before).statusCode()).isEqualTo(401);
    assertThat(send("GET", "/v1/stream/chat/42", after).statusCode()).isEqualTo(200);
  }

  @Test
  void aBackEndMakesTokensOutOfItsOwnAndNoMore() throws Exception {
    String own = client.tokens().create("api", List.of("read:chat/*"), Duration.ofHours(2)).text();

    HttpResponse<String> made =
        post("/v1/tokens", own, "{\"read\": [\"chat/42\"], \"ttl\": \"1h\"}");
    assertThat(made.statusCode()).isEqualTo(201);
    String token = made.body().replaceFirst(".*\"token\":\\s*\"([^\"]+)\".*", "$1").strip();
    assertThat(send("GET", "/v1/stream/chat/42", token).statusCode()).isEqualTo(200);
    assertThat(send("GET", "/v1/stream/chat/43", token).statusCode()).isEqualTo(403);

    for (String more :
        List.of(
            "{\"read\": [\"*\"]}",
            "{\"write\": [\"chat/42\"]}",
            "{\"admin\": true}",
            "{\"read\": [\"chat/42\"], \"ttl\": \"3h\"}")) {
      assertThat(post("/v1/tokens", own, more).statusCode()).as(more).isEqualTo(403);
    }
    assertThat(post("/v1/tokens", own, "{}").statusCode()).isEqualTo(400);
    assertThat(post("/v1/tokens", "x", "{\"read\": [\"chat/42\"]}").statusCode()).isEqualTo(401);
    assertThat(post("/v1/tokens/keys", own, "").statusCode()).as("only admin").isEqualTo(403);
    String admin = token("admin");
    assertThat(post("/v1/tokens/keys", admin, "").statusCode()).isEqualTo(201);
    HttpResponse<String> keys = send("GET", "/v1/tokens/keys", admin);
    assertThat(keys.body()).contains("\"end\"");
    assertThat(send("DELETE", "/v1/tokens/keys/none", admin).statusCode()).isEqualTo(404);
  }

  private HttpResponse<String> post(String path, String token, String json) throws Exception {
    return http.send(
        request(path)
            .header("content-type", "application/json")
            .header("authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void aPageWhoseNameLeadsToThisMachineGetsNothing() throws Exception {
    assertThat(ask("evil.example")).startsWith("HTTP/1.1 421").contains("http.hosts");
    assertThat(ask("localhost:1")).startsWith("HTTP/1.1 200");
    assertThat(ask("127.0.0.1")).startsWith("HTTP/1.1 200");
  }

  private String ask(String host) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.httpPort())) {
      String request =
          "GET /health/live HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String token(String scope) {
    return client.tokens().create("", List.of(scope), Duration.ofHours(1)).text();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path));
  }

  private HttpResponse<String> send(String method, String path, @Nullable String token)
      throws Exception {
    HttpRequest.Builder request =
        request(path)
            .header("content-type", "application/octet-stream")
            .method(
                method,
                method.equals("POST") ? BodyPublishers.ofString("x") : BodyPublishers.noBody());
    if (token != null) {
      request.header("authorization", "Bearer " + token);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }
}
