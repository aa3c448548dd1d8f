package io.rivulet.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rivulet.server.demo.stage.DemoFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** The demo with a model that is none: a small OpenAI-compatible endpoint. */
@Timeout(120)
class ChatDemoTest {
  private static final int TOKENS_OF_A_TURN = 70;

  private final List<String> requests = new ArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private HttpServer model;

  @BeforeEach
  void start() throws IOException {
    model = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    model.setExecutor(threads);
    model.createContext(
        "/v1/models", exchange -> answer(exchange, 200, "{\"data\":[{\"id\":\"m1\"}]}"));
    model.createContext("/v1/chat/completions", this::stream);
    model.start();
  }

  @AfterEach
  void stop() {
    model.stop(0);
    threads.close();
  }

  @Test
  void theStoryEndsWellWithAModelBehindAnEndpoint() {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new ChatDemo()).setOut(new PrintWriter(out));

    int code = command.execute("--llm-url", url().toString(), "--llm-key-env", "NO_SUCH_KEY");

    assertThat(code).as(out.toString()).isZero();
    assertThat(out.toString())
        .contains(
            "the model behind " + url(),
            "cut off after 40 tokens",
            "SIGKILL to the server",
            "140 tokens written, 140 read: none lost, none repeated, all in order",
            "140 tokens written, 140 stored");
  }

  @Test
  void aModelsTokensArriveOneByOne() throws Exception {
    List<String> tokens = new ArrayList<>();

    new LlmAnswer(url(), Optional.of("m2"), Optional.of("secret")).stream(tokens::add);

    assertThat(tokens).hasSize(2 * TOKENS_OF_A_TURN).startsWith("t0 ", "t1 ");
    assertThat(requests.getFirst())
        .contains("Bearer secret", "\"model\":\"m2\"", "\"stream\":true");
  }

  @Test
  void anEndpointThatRefusesIsQuoted() {
    URI wrong = URI.create(url() + "/nothing/here");

    assertThatThrownBy(
            () -> new LlmAnswer(wrong, Optional.of("m"), Optional.empty()).stream(token -> {}))
        .isInstanceOf(DemoFailure.class)
        .hasMessageContaining("answered 404");
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + model.getAddress().getPort() + "/v1");
  }

  private void stream(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    synchronized (requests) {
      requests.add(exchange.getRequestHeaders().getFirst("Authorization") + " " + body);
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      send(out, "{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}");
      for (int token = 0; token < TOKENS_OF_A_TURN; token++) {
        send(out, "{\"choices\":[{\"delta\":{\"content\":\"t" + token + " \"}}]}");
      }
      send(out, "[DONE]");
    }
  }

  private static void send(OutputStream out, String data) throws IOException {
    out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }
}
