package io.rivulet.server.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
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
import java.util.Map;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the conformance suite does not ask: names, other protocols, other pages, restarts. */
@Timeout(60)
final class StreamRoomTest {
  @TempDir private Path folder;
  private RivuletServer server;
  private RivuletClient worker;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws Exception {
    server =
        RivuletServer.start(
            ServerConfig.embedded(
                folder, Map.of("http.cors-origins", "loopback,https://chat.example")));
    worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
  }

  @AfterEach
  void stop() {
    worker.close();
    server.close();
  }

  @Test
  void whatAWorkerSendsABrowserReadsAndTheOtherWayRound() throws Exception {
    worker.session("chat", "42").append(OutgoingMessage.of("from a worker, ")).join();

    assertThat(send("POST", "chat/42", "from a browser", BYTES).statusCode()).isEqualTo(204);

    assertThat(send("GET", "chat/42", "").body()).isEqualTo("from a worker, from a browser");
    RivuletClient.Page page = worker.read("chat", "42", ReadFrom.first(), 10);
    assertThat(page.messages()).extracting(each -> each.text()).last().isEqualTo("from a browser");
  }

  @Test
  void inAJsonStreamEachElementIsAMessageAndWhatIsNoJsonIsAString() throws Exception {
    assertThat(send("PUT", "chat/j", "[{\"a\": 1}, 2]", JSON).statusCode()).isEqualTo(201);
    worker.session("chat", "j").append(OutgoingMessage.of("\"quoted\" text")).join();

    assertThat(send("GET", "chat/j", "").body())
        .isEqualTo("[{\"a\": 1},2,\"\\\"quoted\\\" text\"]");
    assertThat(worker.read("chat", "j", ReadFrom.first(), 10).messages())
        .extracting(each -> each.text())
        .containsExactly("{\"a\": 1}", "2", "\"quoted\" text");
  }

  @Test
  void namesThatLiteTopicsMayNotHaveAreKeptAndReadBack() throws Exception {
    for (String name : new String[] {"a.b", "a/b/c", "x--y", "z".repeat(64), "größe 1"}) {
      String encoded = StreamAddress.encode(name);
      assertThat(encoded).matches("[A-Za-z0-9_-]{1,64}");
      assertThat(StreamAddress.decode(encoded)).isEqualTo(name);
    }
    assertThat(StreamAddress.encode("session-42_x")).isEqualTo("session-42_x");

    assertThat(send("PUT", "chat/user.1/draft", "hi", TEXT).statusCode()).isEqualTo(201);
    assertThat(worker.admin().liteTopic("chat", StreamAddress.encode("user.1/draft")).getName())
        .isNotEmpty();
    HttpResponse<String> tooLong = send("PUT", "chat/" + "y.".repeat(40), "", TEXT);
    assertThat(tooLong.statusCode()).isEqualTo(400);
    assertThat(tooLong.body()).contains("too long", "64 characters");
  }

  @Test
  void pagesOfOthersChangeNothing() throws Exception {
    for (String page : new String[] {"http://localhost:3000", "https://chat.example"}) {
      HttpResponse<String> made = send("PUT", "chat/p", "", TEXT, "Origin", page);
      assertThat(made.statusCode()).isIn(200, 201);
      assertThat(made.headers().firstValue("access-control-allow-origin")).contains(page);
    }

    HttpResponse<String> refused =
        send("POST", "chat/p", "evil", TEXT, "Origin", "https://evil.example");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("https://evil.example", "http.cors-origins");
    HttpResponse<String> read = send("GET", "chat/p", "", "Origin", "https://evil.example");
    assertThat(read.headers().firstValue("access-control-allow-origin")).isEmpty();
    assertThat(read.body()).isEmpty();
  }

  @Test
  void aProducersRetryIsRecognisedAfterARestart() throws Exception {
    send("PUT", "chat/r", "", TEXT);
    String[] first = {"Producer-Id", "p", "Producer-Epoch", "0", "Producer-Seq", "0"};
    assertThat(send("POST", "chat/r", "once", TEXT, first).statusCode()).isEqualTo(200);
    send("POST", "chat/r", "", "Stream-Closed", "true");

    stop();
    start();

    assertThat(send("POST", "chat/r", "once", TEXT, first).statusCode()).isEqualTo(204);
    HttpResponse<String> read = send("GET", "chat/r", "");
    assertThat(read.body()).isEqualTo("once");
    assertThat(read.headers().firstValue("stream-closed")).contains("true");
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedWithTheBound() throws Exception {
    stop();
    server =
        RivuletServer.start(
            ServerConfig.embedded(folder, Map.of("engine.max-message-bytes", "1MiB")));
    worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
    send("PUT", "chat/big", "", TEXT);

    assertThat(send("POST", "chat/big", "x".repeat((1 << 20) + 1), TEXT).statusCode())
        .isEqualTo(413);
    assertThat(send("POST", "chat/big", "x".repeat(1 << 20), TEXT).statusCode()).isEqualTo(204);
  }

  @Test
  void bodiesOfAllRequestsHaveABudgetAndGiveItBack() throws Exception {
    stop();
    server =
        RivuletServer.start(ServerConfig.embedded(folder, Map.of("grpc.inflight-bytes", "1MiB")));
    worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
    send("PUT", "chat/b", "", TEXT);

    HttpResponse<String> refused = send("POST", "chat/b", "x".repeat(2 << 20), TEXT);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).isPresent();
    assertThat(refused.body()).contains("grpc.inflight-bytes");
    for (int i = 0; i < 5; i++) {
      assertThat(send("POST", "chat/b", "x".repeat(900 << 10), TEXT).statusCode()).isEqualTo(204);
    }
  }

  @Test
  void whoHangsUpInTheMiddleOfABodyTakesNothingOfTheBudgetWithHim() throws Exception {
    stop();
    server =
        RivuletServer.start(ServerConfig.embedded(folder, Map.of("grpc.inflight-bytes", "1MiB")));
    worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
    send("PUT", "chat/b", "", TEXT);

    for (int i = 0; i < 4; i++) {
      try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), server.httpPort())) {
        String head =
            """
            POST /v1/stream/chat/b HTTP/1.1
            Host: localhost
            Content-Type: text/plain
            Content-Length: 900000

            """
                .replace("\n", "\r\n");
        caller.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        caller.getOutputStream().write(new byte[500_000]);
        caller.getOutputStream().flush();
        awaitBytesInUse(bytes -> bytes >= 400_000);
      }
      awaitBytesInUse(bytes -> bytes == 0);
    }
    assertThat(send("POST", "chat/b", "x".repeat(900 << 10), TEXT).statusCode()).isEqualTo(204);
  }

  private void awaitBytesInUse(DoublePredicate isSo) throws Exception {
    double bytes = -1;
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!(bytes >= 0 && isSo.test(bytes)) && System.nanoTime() < end) {
      HttpResponse<String> metrics =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + server.httpPort() + "/metrics"))
                  .build(),
              BodyHandlers.ofString());
      bytes =
          metrics
              .body()
              .lines()
              .filter(line -> line.startsWith("rivulet_grpc_inflight_bytes "))
              .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
              .findFirst()
              .orElse(-1);
    }
    assertThat(isSo.test(bytes)).as("bytes in use: " + bytes).isTrue();
  }

  // ---- words

  private static final String TEXT = "text/plain";
  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";

  private HttpResponse<String> send(String method, String stream, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.httpPort() + "/v1/stream/" + stream))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    int from = headers.length % 2;
    if (from == 1) {
      request.header("Content-Type", headers[0]);
    }
    for (int i = from; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private HttpResponse<String> send(
      String method, String stream, String body, String contentType, String[] headers)
      throws Exception {
    String[] all = new String[headers.length + 1];
    all[0] = contentType;
    System.arraycopy(headers, 0, all, 1, headers.length);
    return send(method, stream, body, all);
  }
}
