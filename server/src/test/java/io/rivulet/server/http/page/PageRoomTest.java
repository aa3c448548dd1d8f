package io.rivulet.server.http.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the demo's page is served. */
@Timeout(60)
final class PageRoomTest {
  private static final Pattern NEEDS =
      Pattern.compile("(?:src|href)=\"([a-z][^\":]*)\"|(?:from|import) \"\\./([^\"]+)\"");

  @TempDir private static Path folder;
  private static RivuletServer server;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, Map.of("http.demo-page", "true")));
    http = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stop() {
    http.close();
    server.close();
  }

  @Test
  void thePageMayLoadNothingThatThisServerDoesNotServe() throws Exception {
    HttpResponse<String> page = send("GET", "/demo/");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(header(page, "content-type")).isEqualTo("text/html; charset=utf-8");
    assertThat(header(page, "x-content-type-options")).isEqualTo("nosniff");
    assertThat(header(page, "content-security-policy"))
        .contains("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'")
        .doesNotContain("unsafe", "*", "http");
    assertThat(page.body()).doesNotContain("http://", "https://", "<script>", "<style", "style=");
  }

  @Test
  void allThatThePageNeedsIsThere() throws Exception {
    Set<String> seen = new HashSet<>(Set.of(""));
    Deque<String> left = new ArrayDeque<>(seen);
    while (!left.isEmpty()) {
      HttpResponse<String> file = send("GET", "/demo/" + left.remove());
      assertThat(file.statusCode()).as(file.uri().toString()).isEqualTo(200);
      NEEDS
          .matcher(file.body())
          .results()
          .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
          .filter(seen::add)
          .forEach(left::add);
    }

    assertThat(seen).contains("style.css", "icon.svg", "main.js", "keep.js").hasSize(11);
  }

  @Test
  void aBrowserThatHasAFileIsNotSentItAgain() throws Exception {
    HttpResponse<String> first = send("GET", "/demo/main.js");

    HttpResponse<String> again =
        send("GET", "/demo/main.js", "If-None-Match", header(first, "etag"));

    assertThat(header(first, "content-type")).isEqualTo("text/javascript; charset=utf-8");
    assertThat(header(first, "cache-control")).isEqualTo("no-cache");
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(send("GET", "/demo/main.js", "If-None-Match", "\"old\"").statusCode())
        .isEqualTo(200);
  }

  @Test
  void aHeadSaysHowLongTheFileIs() throws Exception {
    HttpResponse<String> head = send("HEAD", "/demo/style.css");

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(header(head, "content-length"))
        .isEqualTo(header(send("GET", "/demo/style.css"), "content-length"));
  }

  @Test
  void whatIsNotThereAndWhatCantBeDoneIsSaid() throws Exception {
    assertThat(header(send("GET", "/demo"), "location")).isEqualTo("/demo/");
    HttpResponse<String> missing = send("GET", "/demo/../secrets");
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).contains("index.html, style.css");
    HttpResponse<String> post = send("POST", "/demo/");
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(header(post, "allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void aServerOutsideTheDemoHasNoPage(@TempDir Path other) throws Exception {
    try (RivuletServer plain = RivuletServer.start(ServerConfig.embedded(other, Map.of()))) {
      URI uri = URI.create("http://127.0.0.1:" + plain.httpPort() + "/demo/");

      assertThat(
              http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(404);
    }
  }

  private static HttpResponse<String> send(String method, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
            .method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }
}
