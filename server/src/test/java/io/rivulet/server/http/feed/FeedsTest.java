package io.rivulet.server.http.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.http.events.Events;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many readers of events: over both versions of HTTP, on all event loops, quick and slow ones. */
@Timeout(120)
final class FeedsTest {
  private static final String EVENTS = "/v1/topics/chat/lite/42/events";
  private static final String STREAM = "/v1/stream/chat/42?offset=-1&live=sse";

  @TempDir private Path folder;
  private RivuletServer server;
  private RivuletClient worker;
  private final HttpClient http1 =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final HttpClient http2 =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

  @SuppressWarnings("NullAway.Init") // each test starts its server
  FeedsTest() {}

  private void start(Map<String, String> settings) throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, settings));
    worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
  }

  @AfterEach
  void stop() {
    http1.shutdownNow();
    http2.shutdownNow();
    worker.close();
    server.close();
  }

  @Test
  void whatComesIsReadOnceForAllReadersOfASession() throws Exception {
    start(Map.of());
    append("stored");
    int count = 40;
    List<Events> readers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readers.add(open(i % 2 == 0 ? http1 : http2, EVENTS));
    }
    for (Events reader : readers) {
      assertThat(dataOf(reader)).isEqualTo("stored");
    }
    await().until(() -> readers() == count);

    int messages = 20;
    for (int i = 0; i < messages; i++) {
      append("live " + i);
      for (Events reader : readers) {
        assertThat(dataOf(reader)).isEqualTo("live " + i);
      }
    }

    assertThat(metric("rivulet_http_feeds")).isOne();
    // Each came when all had seen the one before; the first may have met readers on their way.
    assertThat(metric("rivulet_http_feed_pages_total")).isBetween(messages - 1.0, messages + 0.0);
    assertThat(metric("rivulet_http_feed_deliveries_total"))
        .isBetween((messages - 1.0) * count, messages * (double) count);
    for (Events reader : readers) {
      reader.close();
    }
    await().until(() -> readers() == 0);
    assertThat(metric("rivulet_http_feeds")).isZero();
  }

  @Test
  void oneConnectionOfHttp2CarriesManyReaders() throws Exception {
    start(Map.of());
    int count = 200;
    List<Events> readers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readers.add(open(http2, "/v1/topics/chat/lite/s%d/events".formatted(i)));
    }
    await().until(() -> readers() == count);
    assertThat(metric("rivulet_http_connections")).isLessThan(10);

    for (int i = 0; i < count; i++) {
      worker.session("chat", "s" + i).append(OutgoingMessage.of("for " + i)).join();
    }

    for (int i = 0; i < count; i++) {
      assertThat(dataOf(readers.get(i))).isEqualTo("for " + i);
    }
  }

  @Test
  void readersTakeTurnsToCatchUpAndMissNothing() throws Exception {
    start(Map.of("http.max-catch-ups", "1", "http.reader-page-bytes", "1KiB"));
    int messages = 60;
    for (int i = 0; i < messages; i++) {
      append(i + " " + "x".repeat(100));
    }
    List<Events> readers = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      readers.add(open(http1, i % 2 == 0 ? EVENTS : STREAM));
    }
    append("last");

    for (int i = 0; i < readers.size(); i++) {
      if (i % 2 == 0) {
        for (int offset = 0; offset <= messages; offset++) {
          assertThat(Objects.requireNonNull(readers.get(i).next()).id()).isEqualTo("" + offset);
        }
      } else {
        assertThat(streamed(readers.get(i), "last"))
            .isEqualTo(
                String.join(
                        "",
                        IntStream.range(0, messages)
                            .mapToObj(n -> n + " " + "x".repeat(100))
                            .toList())
                    + "last");
      }
    }
  }

  @Test
  void whoDoesNotReadIsCutOffAndGoesOnWhereItWas() throws Exception {
    start(Map.of("http.slow-reader-time", "1s"));
    int messages = 300;
    String body = "x".repeat(100_000);
    try (Socket _ = ask();
        Events _ = open(HttpClient.newHttpClient(), EVENTS)) {
      await().until(() -> readers() == 2);
      try (Events quick = open(http2, EVENTS)) {
        for (int i = 0; i < messages; i++) {
          append(i + body);
          assertThat(dataOf(quick)).startsWith(i + "x");
        }
        await().until(() -> metric("rivulet_http_readers_cut_off_total") == 2);
        await().until(() -> readers() == 1);
        assertThat(metric("rivulet_http_readers_paused")).isZero();
      }
    }
    try (Events again = open(http1, EVENTS + "?from=150")) {
      for (int i = 150; i < messages; i++) {
        assertThat(dataOf(again)).startsWith(i + "x");
      }
    }
  }

  @Test
  void whoPausesForAWhileMissesNothing() throws Exception {
    start(Map.of());
    int messages = 150;
    String body = "x".repeat(100_000);
    try (Socket slow = ask()) {
      await().until(() -> readers() == 1);
      for (int i = 0; i < messages; i++) {
        append(i + body);
      }
      await().until(() -> metric("rivulet_http_readers_paused") == 1);

      Events late = new Events(slow.getInputStream());
      for (int i = 0; i < messages; i++) {
        assertThat(dataOf(late)).startsWith(i + "x");
      }
      append("after all");
      assertThat(dataOf(late)).isEqualTo("after all");
    }
  }

  @Test
  void oneReaderTooManyIsAskedToComeAgainAsItUnderstandsIt() throws Exception {
    start(Map.of("http.max-readers", "2"));
    append("there");
    try (Events first = open(http1, EVENTS);
        Events second = open(http2, STREAM)) {
      assertThat(dataOf(first)).isEqualTo("there");
      assertThat(streamed(second, "there")).isEqualTo("there");

      // A browser's EventSource would give up for good at any status but 200.
      try (Events third = open(http1, EVENTS)) {
        assertThat(third.next()).isNull();
        assertThat(third.retryMillis()).isBetween(1000, 4000);
      }
      HttpResponse<String> other =
          http1.send(HttpRequest.newBuilder(uri(STREAM)).build(), BodyHandlers.ofString());
      assertThat(other.statusCode()).isEqualTo(503);
      assertThat(other.headers().firstValueAsLong("retry-after").getAsLong()).isBetween(1L, 4L);
      assertThat(other.body()).contains("http.max-readers");
    }
    await().until(() -> readers() == 0);
    assertThat(metric("rivulet_http_readers_refused_total")).isEqualTo(2);
    try (Events again = open(http1, EVENTS)) {
      assertThat(dataOf(again)).isEqualTo("there");
    }
  }

  @Test
  void oneConnectionTooManyIsClosedAtOnce() throws Exception {
    start(Map.of("http.max-connections", "2"));
    try (Socket _ = ask()) {
      await().untilAsserted(() -> assertThat(metric("rivulet_http_connections")).isEqualTo(2));
      try (Socket third = ask()) {
        assertThat(third.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(metric("rivulet_http_connections_refused_total")).isOne();
    }
  }

  // ---- words

  private Socket ask() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4 << 10);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.httpPort()));
    socket
        .getOutputStream()
        .write(
            ("GET " + EVENTS + " HTTP/1.0\r\nConnection: keep-alive\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  private void append(String text) {
    worker.session("chat", "42").append(OutgoingMessage.of(text)).join();
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.httpPort() + path);
  }

  private Events open(HttpClient client, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path)).header("Accept", "text/event-stream").build();
    HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.version()).isEqualTo(client.version());
    return new Events(response.body());
  }

  private static String dataOf(Events events) throws IOException {
    return Objects.requireNonNull(events.next(), "the end").data();
  }

  /** The data of a stream up to what it ends with; pages come as they do. */
  private static String streamed(Events events, String end) throws IOException {
    StringBuilder all = new StringBuilder();
    while (all.length() < end.length() || !all.toString().endsWith(end)) {
      Events.Event event = Objects.requireNonNull(events.next(), "the end");
      if (event.type().equals("data")) {
        all.append(new String(Base64.getDecoder().decode(event.data()), StandardCharsets.UTF_8));
      }
    }
    return all.toString();
  }

  private double readers() throws Exception {
    return metric("rivulet_http_readers{kind=\"events\"}")
        + metric("rivulet_http_readers{kind=\"stream\"}");
  }

  private double metric(String name) throws Exception {
    String page =
        http1.send(HttpRequest.newBuilder(uri("/metrics")).build(), BodyHandlers.ofString()).body();
    return page.lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(-1);
  }
}
