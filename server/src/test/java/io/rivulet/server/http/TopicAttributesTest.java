package io.rivulet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.api.v1.CorsOrigins;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.TopicAttributes;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a topic's definition says to those who read it over HTTP. */
@Timeout(60)
final class TopicAttributesTest {
  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";
  private static final String ALLOWED = "access-control-allow-origin";
  private static final String A = "https://a.example";
  private static final String B = "https://b.example";

  @TempDir private Path folder;
  private RivuletServer server;
  private RivuletClient worker;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeEach
  void start() throws Exception {
    server =
        RivuletServer.start(
            ServerConfig.embedded(folder, Map.of("http.cors-origins", "https://all.example")));
    worker = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
  }

  @AfterEach
  void stop() {
    worker.close();
    server.close();
    http.close();
  }

  // ---- content type

  @Test
  void whatASendMadeReadsAsItsParentSays() throws Exception {
    define("chat", JSON, Optional.empty());
    append("chat", "42", "{\"text\": \"Hello\"}");
    append("chat", "42", "[1, 2]");

    HttpResponse<String> read = call("GET", "/v1/stream/chat/42");

    assertThat(read.headers().firstValue("content-type")).contains(JSON);
    assertThat(read.body()).isEqualTo("[{\"text\": \"Hello\"},[1, 2]]");
    assertThat(call("HEAD", "/v1/stream/chat/42").headers().firstValue("content-type"))
        .contains(JSON);
  }

  @Test
  void whatIsNoJsonIsAStringAndBreaksNoReader() throws Exception {
    define("chat", JSON, Optional.empty());
    byte[] utf16 = "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE);
    byte[] marked = "\uFEFF{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    for (String body : List.of("{\"a\":1}", "{\"a\":", "1 2", "say \"hi\"\n")) {
      append("chat", "42", body);
    }
    append("chat", "42", utf16);
    append("chat", "42", marked);
    append("chat", "42", new byte[] {'"', (byte) 0xff, '"'});
    append("chat", "42", "true");

    HttpResponse<String> read = call("GET", "/v1/stream/chat/42");

    var messages = tools.jackson.databind.json.JsonMapper.shared().readTree(read.body());
    assertThat(messages.size()).isEqualTo(8);
    assertThat(messages.get(0).get("a").asInt()).isEqualTo(1);
    assertThat(messages.get(1).asString()).isEqualTo("{\"a\":");
    assertThat(messages.get(2).asString()).isEqualTo("1 2");
    assertThat(messages.get(3).asString()).isEqualTo("say \"hi\"\n");
    assertThat(messages.get(4).isString()).isTrue();
    assertThat(messages.get(5).asString()).isEqualTo("\uFEFF{\"a\":1}");
    assertThat(messages.get(6).asString()).isEqualTo("\"\uFFFD\"");
    assertThat(messages.get(7).asBoolean()).isTrue();
    String events = call("GET", "/v1/stream/chat/42?offset=-1&live=long-poll").body();
    assertThat(events).isEqualTo(read.body());
  }

  @Test
  void aStreamMadeWithoutContentTypeHasThatOfItsParentAndKeepsIt() throws Exception {
    define("chat", JSON, Optional.empty());
    assertThat(call("PUT", "/v1/stream/chat/p").headers().firstValue("content-type"))
        .contains(JSON);
    assertThat(call("PUT", "/v1/stream/chat/t", "hi", "Content-Type", "text/plain").statusCode())
        .isEqualTo(201);
    append("chat", "s", "1");

    define("chat", "", Optional.empty());

    assertThat(call("GET", "/v1/stream/chat/p").body()).isEqualTo("[]");
    assertThat(call("GET", "/v1/stream/chat/t").body()).isEqualTo("hi");
    HttpResponse<String> sent = call("GET", "/v1/stream/chat/s");
    assertThat(sent.headers().firstValue("content-type")).contains(BYTES);
    assertThat(sent.body()).isEqualTo("1");
  }

  @Test
  void anAppendOverHttpIsWhatTheParentSays() throws Exception {
    define("chat", JSON, Optional.empty());
    append("chat", "42", "1");

    HttpResponse<String> refused =
        call("POST", "/v1/stream/chat/42", "x", "Content-Type", "text/plain");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("the stream holds application/json");
    assertThat(call("POST", "/v1/stream/chat/42", "[2,3]", "Content-Type", JSON).statusCode())
        .isEqualTo(204);
    assertThat(call("GET", "/v1/stream/chat/42").body()).isEqualTo("[1,2,3]");
  }

  @Test
  void aCopyOfAReaderIsNotTakenForTheOtherContentType() throws Exception {
    append("chat", "42", "1");
    String etag = call("GET", "/v1/stream/chat/42").headers().firstValue("etag").orElseThrow();
    String[] known = {"If-None-Match", etag};
    assertThat(call("GET", "/v1/stream/chat/42", "", known).statusCode()).isEqualTo(304);

    define("chat", JSON, Optional.empty());

    HttpResponse<String> read = call("GET", "/v1/stream/chat/42", "", known);
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.body()).isEqualTo("[1]");
  }

  // ---- pages of other origins

  @Test
  void eachTopicHasPagesOfItsOwn() throws Exception {
    define("a", "", Optional.of(List.of(A)));
    define("b", "", Optional.of(List.of(B)));
    append("a", "1", "x");
    append("b", "1", "x");

    for (String path :
        List.of("/v1/stream/%s/1", "/v1/topics/%s/lite/1/messages", "/v1/topics/%s")) {
      assertThat(allowed("GET", path.formatted("a"), A)).as(path).contains(A);
      assertThat(allowed("OPTIONS", path.formatted("a"), A)).as(path).contains(A);
      assertThat(allowed("GET", path.formatted("b"), A)).as(path).isEmpty();
      assertThat(allowed("OPTIONS", path.formatted("b"), A)).as(path).isEmpty();
      assertThat(allowed("GET", path.formatted("a"), "https://all.example")).as(path).isEmpty();
    }
    HttpResponse<String> refused =
        call("POST", "/v1/stream/b/1", "x", "Content-Type", BYTES, "Origin", A);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains(A, "the cors-origins of the topic 'b'");
    assertThat(call("POST", "/v1/topics/b/messages", "x", "Origin", A).statusCode()).isEqualTo(403);
    assertThat(call("POST", "/v1/stream/a/1", "x", "Content-Type", BYTES, "Origin", A).statusCode())
        .isEqualTo(204);
  }

  @Test
  void whatIsNoTopicsAndTopicsThatSayNothingFollowTheSetting() throws Exception {
    define("a", "", Optional.of(List.of(A)));
    append("c", "1", "x");

    for (String path : List.of("/v1/stream/c/1", "/v1/topics/c", "/v1/topics", "/openapi.json")) {
      assertThat(allowed("GET", path, "https://all.example")).as(path).isPresent();
      assertThat(allowed("GET", path, A)).as(path).isEmpty();
    }
    assertThat(allowed("OPTIONS", "/v1/groups/g/receive", "https://all.example")).isPresent();
    assertThat(allowed("OPTIONS", "/v1/topics/not-there/messages", A)).isEmpty();
  }

  @Test
  void aChangeHoldsAtOnce() throws Exception {
    append("a", "1", "x");
    String path = "/v1/stream/a/1";
    assertThat(allowed("GET", path, A)).isEmpty();

    define("a", "", Optional.of(List.of(A)));
    assertThat(allowed("GET", path, A)).contains(A);
    assertThat(events("a", A)).contains(A);
    assertThat(events("a", B)).isEmpty();

    define("a", "", Optional.of(List.of("*")));
    assertThat(allowed("GET", path, B)).contains("*");

    define("a", "", Optional.of(List.of()));
    assertThat(allowed("GET", path, "https://all.example")).isEmpty();

    define("a", "", Optional.empty());
    assertThat(allowed("GET", path, "https://all.example")).contains("https://all.example");
  }

  // ---- words

  private void define(String topic, String contentType, Optional<List<String>> origins) {
    TopicAttributes.Builder attributes = TopicAttributes.newBuilder().setContentType(contentType);
    origins.ifPresent(
        each -> attributes.setCorsOrigins(CorsOrigins.newBuilder().addAllOrigins(each)));
    worker
        .admin()
        .defineTopic(
            TopicDefinition.newBuilder()
                .setName(topic)
                .setType(TopicType.TOPIC_TYPE_LITE)
                .setAttributes(attributes)
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
  }

  private void append(String topic, String liteTopic, String body) {
    append(topic, liteTopic, body.getBytes(StandardCharsets.UTF_8));
  }

  private void append(String topic, String liteTopic, byte[] body) {
    worker.session(topic, liteTopic).append(OutgoingMessage.of(body)).join();
  }

  private Optional<String> allowed(String method, String path, String origin) throws Exception {
    return call(method, path, "", "Origin", origin).headers().firstValue(ALLOWED);
  }

  /** What the head of an answer says that goes on. */
  private Optional<String> events(String topic, String origin) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri("/v1/topics/" + topic + "/lite/1/events"))
            .header("Origin", origin)
            .build();
    var answer = http.send(request, BodyHandlers.ofInputStream());
    answer.body().close();
    return answer.headers().firstValue(ALLOWED);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.httpPort() + path);
  }

  private HttpResponse<String> call(String method, String path) throws Exception {
    return call(method, path, "");
  }

  private HttpResponse<String> call(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
  }
}
