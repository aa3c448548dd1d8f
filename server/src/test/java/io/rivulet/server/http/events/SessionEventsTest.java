package io.rivulet.server.http.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.http.events.Events.Event;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions as server-sent events, read as a browser's EventSource reads them. */
@Timeout(60)
final class SessionEventsTest {
  @TempDir private Path folder;
  private RivuletServer server;
  private RivuletClient worker;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, Map.of()));
    worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
  }

  @AfterEach
  void stop() {
    worker.close();
    server.close();
    http.close();
  }

  @Test
  void eachMessageIsAnEventWithItsOffsetAsId() throws Exception {
    append("Hello", "two\nlines", " and a blank");

    try (Events events = open("", null)) {
      assertThat(events.next()).isEqualTo(new Event("0", "message", "Hello"));
      assertThat(events.next()).isEqualTo(new Event("1", "message", "two\nlines"));
      assertThat(events.next()).isEqualTo(new Event("2", "message", " and a blank"));
      append("live");
      assertThat(events.next()).isEqualTo(new Event("3", "message", "live"));
      assertThat(events.retryMillis()).isBetween(1000, 4000);
    }
  }

  @Test
  void whoComesBackGoesOnAfterTheLastEventThatItSaw() throws Exception {
    append("a", "b", "c");

    try (Events events = open("", "1")) {
      assertThat(dataOf(events.next())).isEqualTo("c");
    }
    try (Events events = open("?from=1", null)) {
      assertThat(dataOf(events.next())).isEqualTo("b");
    }
    try (Events events = open("?from=last", null)) {
      append("d");
      assertThat(dataOf(events.next())).isEqualTo("d");
    }
    try (Events events = open("?from=2000-01-01T00:00:00Z", null)) {
      assertThat(dataOf(events.next())).isEqualTo("a");
    }
  }

  @Test
  void aSessionThatIsYetToBeginIsWaitedFor() throws Exception {
    try (Events events = open("?from=last", null)) {
      append("first");
      assertThat(events.next()).isEqualTo(new Event("0", "message", "first"));
    }
  }

  @Test
  void bytesThatAreNoTextComeInBase64() throws Exception {
    worker.session("chat", "42").append(OutgoingMessage.of(new byte[] {(byte) 0xff, 0})).join();

    try (Events events = open("", null)) {
      assertThat(events.next()).isEqualTo(new Event("0", "base64", "/wA="));
    }
  }

  @Test
  void aClosedSessionEndsAndNeedNotBeAskedAgain() throws Exception {
    append("all");
    try (Events events = open("", null)) {
      assertThat(dataOf(events.next())).isEqualTo("all");
      close();
      assertThat(events.next()).isEqualTo(new Event("", "end", "closed"));
      assertThat(events.next()).isNull();
    }

    assertThat(get("", "0").statusCode()).isEqualTo(204);
  }

  @Test
  void aReclaimedSessionEndsAndItsNewLifeIsReadFromTheBeginning() throws Exception {
    append("old", "older");
    try (Events events = open("", "1")) {
      worker.admin().reclaim("chat", "42");
      assertThat(events.next()).isEqualTo(new Event("", "end", "reclaimed"));
    }
    append("new");

    try (Events events = open("", "1")) {
      assertThat(events.next()).isEqualTo(new Event("0", "message", "new"));
    }
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    HttpResponse<InputStream> noPlace = get("?from=yesterday", null);

    assertThat(noPlace.statusCode()).isEqualTo(400);
    assertThat(text(noPlace)).contains("from is first, last, an offset, or a time", "yesterday");
    assertThat(get("", "x").statusCode()).isEqualTo(400);
    HttpResponse<InputStream> noPath =
        http.send(HttpRequest.newBuilder(uri("/nothing")).build(), BodyHandlers.ofInputStream());
    assertThat(noPath.statusCode()).isEqualTo(404);
    assertThat(text(noPath)).contains("/v1/topics/{topic}/lite/{lite topic}/events");
  }

  // ---- words

  private void append(String... texts) {
    for (String text : texts) {
      worker.session("chat", "42").append(OutgoingMessage.of(text)).join();
    }
  }

  private void close() throws Exception {
    HttpRequest close =
        HttpRequest.newBuilder(uri("/v1/stream/chat/42"))
            .header("Stream-Closed", "true")
            .POST(BodyPublishers.noBody())
            .build();
    assertThat(http.send(close, BodyHandlers.discarding()).statusCode()).isEqualTo(204);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.httpPort() + path);
  }

  private HttpResponse<InputStream> get(String query, @Nullable String lastEventId)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri("/v1/topics/chat/lite/42/events" + query));
    if (lastEventId != null) {
      request.header("Last-Event-ID", lastEventId);
    }
    return http.send(request.build(), BodyHandlers.ofInputStream());
  }

  private static String text(HttpResponse<InputStream> response) throws IOException {
    return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
  }

  private Events open(String query, @Nullable String lastEventId) throws Exception {
    HttpResponse<InputStream> response = get(query, lastEventId);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
    return new Events(response.body());
  }

  private static String dataOf(@Nullable Event event) {
    return event == null ? "no event" : event.data();
  }
}
