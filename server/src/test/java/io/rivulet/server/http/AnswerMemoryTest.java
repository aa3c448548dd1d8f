package io.rivulet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large messages in answers over HTTP, of a server that has little memory for them. */
@Timeout(120)
final class AnswerMemoryTest {
  private static final int BODY_BYTES = 10 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String HISTORY = "/v1/topics/chat/lite/42/messages";

  @TempDir private Path folder;
  private RivuletServer server;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeEach
  void start() throws Exception {
    start("1m");
    try (RivuletClient worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort())) {
      worker.session("chat", "42").append(OutgoingMessage.of("x".repeat(BODY_BYTES))).join();
    }
  }

  private void start(String replyTimeout) throws Exception {
    server =
        RivuletServer.start(
            ServerConfig.embedded(
                folder, Map.of("grpc.reply-bytes", "1MiB", "grpc.reply-timeout", replyTimeout)));
  }

  @AfterEach
  void stop() {
    http.shutdownNow();
    server.close();
  }

  @Test
  void aLargeMessageIsReadInAllWaysThereAre() throws Exception {
    HttpResponse<String> closed =
        send(
            request("/v1/stream/chat/42")
                .header("Stream-Closed", "true")
                .POST(BodyPublishers.noBody()));
    assertThat(closed.statusCode()).isEqualTo(204);
    for (String path :
        List.of(
            "/v1/stream/chat/42",
            "/v1/stream/chat/42?offset=-1&live=long-poll",
            "/v1/stream/chat/42?offset=-1&live=sse",
            "/v1/topics/chat/lite/42/events",
            HISTORY)) {
      assertThat(send(request(path)).body().length()).as(path).isGreaterThanOrEqualTo(BODY_BYTES);
    }
    HttpResponse<String> received =
        send(
            request("/v1/groups/g/receive")
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        "{\"topic\":\"chat\",\"lite\":[\"42\"],\"wait\":\"10s\"}")));
    assertThat(received.body().length()).isGreaterThan(BODY_BYTES);
    awaitMetric("rivulet_grpc_reply_bytes 0.0");
  }

  @Test
  void whoComesAtTheSameTimeWaitsForHisTurn() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      answers.add(
          http.sendAsync(request(HISTORY).build(), BodyHandlers.ofString(StandardCharsets.UTF_8)));
    }

    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.join().body().length()).isGreaterThan(BODY_BYTES);
    }
    awaitMetric("rivulet_grpc_reply_bytes 0.0");
  }

  @Test
  void whoReadsNothingIsBrokenOffAndTheNextGetsItsAnswer() throws Exception {
    server.close();
    start("5s");
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(8 << 10);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.httpPort()));
      slow.getOutputStream()
          .write(
              ("GET " + HISTORY + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      slow.getOutputStream().flush();
      awaitMetric("rivulet_grpc_reply_bytes 1048576.0");

      assertThat(send(request(HISTORY)).body().length()).isGreaterThan(BODY_BYTES);

      awaitMetric("rivulet_grpc_reply_late_total 1.0");
      awaitMetric("rivulet_grpc_reply_bytes 0.0");
      assertThat(bytesUntilTheEnd(slow)).isLessThan(BODY_BYTES);
    }
  }

  private static long bytesUntilTheEnd(Socket socket) throws IOException {
    byte[] part = new byte[64 << 10];
    long bytes = 0;
    try {
      for (int count = 0; count >= 0; count = socket.getInputStream().read(part)) {
        bytes += count;
      }
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
    return bytes;
  }

  @Test
  void whoHangsUpWhileHeWaitsKeepsNothing() throws Exception {
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(8 << 10);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.httpPort()));
      slow.getOutputStream()
          .write(
              ("GET " + HISTORY + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      awaitMetric("rivulet_grpc_reply_bytes 1048576.0");
      CompletableFuture<?> waiting =
          http.sendAsync(request(HISTORY).build(), BodyHandlers.discarding());
      awaitMetric("rivulet_grpc_reply_bytes 1048576.0");
      waiting.cancel(true);
    }

    awaitMetric("rivulet_grpc_reply_bytes 0.0");
    assertThat(send(request(HISTORY)).body().length()).isGreaterThan(BODY_BYTES);
  }

  // ---- words

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private void awaitMetric(String line) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(
                    send(request("/metrics"))
                        .body()
                        .lines()
                        .filter(each -> each.startsWith("rivulet_grpc_reply_")))
                .contains(line));
  }
}
