package io.rivulet.server.demo;

import io.rivulet.server.demo.stage.DemoFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Immutable. The answer of a model behind an OpenAI-compatible endpoint: POST chat/completions with
 * {@code stream}, answered by server-sent events.
 */
final class LlmAnswer implements AnswerSource {
  private static final Duration CONNECT_TIME = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIME = Duration.ofSeconds(60);
  private static final int MAX_TOKENS = 400;

  /** The story needs so many tokens for its two interruptions. */
  private static final int MIN_TOKENS = 120;

  private static final int MAX_TURNS = 5;
  private static final String DATA = "data:";
  private static final String END = "[DONE]";

  private final URI url;
  private final Optional<String> model;
  private final Optional<String> key;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * @param url the base, such as {@code http://127.0.0.1:11434/v1}
   * @param model empty: the first that the endpoint lists
   */
  LlmAnswer(URI url, Optional<String> model, Optional<String> key) {
    this.url = url;
    this.model = model;
    this.key = key;
  }

  @Override
  public String origin() {
    return "the model behind " + url;
  }

  @Override
  public String question() {
    return "In about 200 words: why should the tokens of a model's answer go through a durable,"
        + " ordered queue before they reach the reader?";
  }

  @Override
  public void stream(Sink sink) throws DemoFailure, InterruptedException {
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_TIME).build()) {
      String name = model.isPresent() ? model.get() : firstModel(http);
      ArrayNode conversation = json.createArrayNode();
      say(conversation, "user", question());
      int tokens = 0;
      for (int turn = 0; turn < MAX_TURNS && tokens < MIN_TOKENS; turn++) {
        StringBuilder answer = new StringBuilder();
        tokens +=
            turn(
                http,
                name,
                conversation,
                token -> {
                  answer.append(token);
                  sink.token(token);
                });
        say(conversation, "assistant", answer.toString());
        say(conversation, "user", "Go on, with an example.");
      }
    } catch (IOException | UncheckedIOException | JacksonException e) {
      throw new DemoFailure("the model at " + url + " can't be asked: " + e);
    }
  }

  /** Answers the number of tokens. */
  private int turn(HttpClient http, String name, ArrayNode conversation, Sink sink)
      throws IOException, InterruptedException, DemoFailure {
    ObjectNode body = json.createObjectNode();
    body.put("model", name);
    body.put("stream", true);
    body.put("max_tokens", MAX_TOKENS);
    body.set("messages", conversation);
    HttpRequest request =
        request("chat/completions")
            .header("Content-Type", "application/json")
            .header("Accept", "text/event-stream")
            .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(body)))
            .build();
    HttpResponse<Stream<String>> response = http.send(request, HttpResponse.BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      if (response.statusCode() != 200) {
        throw new DemoFailure(
            "%s answered %d: %s"
                .formatted(
                    request.uri(),
                    response.statusCode(),
                    lines.limit(5).collect(Collectors.joining(" "))));
      }
      return handOn(lines.iterator(), sink);
    }
  }

  private int handOn(Iterator<String> lines, Sink sink) throws InterruptedException {
    int tokens = 0;
    while (lines.hasNext() && tokens < 2 * MAX_TOKENS) {
      String line = lines.next();
      if (!line.startsWith(DATA)) {
        continue;
      }
      String data = line.substring(DATA.length()).strip();
      if (data.equals(END)) {
        break;
      }
      JsonNode content = json.readTree(data).at("/choices/0/delta/content");
      if (content.isString() && !content.stringValue().isEmpty()) {
        sink.token(content.stringValue());
        tokens++;
      }
    }
    return tokens;
  }

  private String firstModel(HttpClient http) throws IOException, InterruptedException, DemoFailure {
    HttpResponse<String> response =
        http.send(request("models").GET().build(), HttpResponse.BodyHandlers.ofString());
    String name =
        response.statusCode() == 200
            ? json.readTree(response.body()).at("/data/0/id").asString("")
            : "";
    if (name.isEmpty()) {
      throw new DemoFailure(url + " lists no model: name one with --llm-model");
    }
    return name;
  }

  private HttpRequest.Builder request(String path) {
    String base = url.toString().replaceFirst("/+$", "").replaceFirst("/chat/completions$", "");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + "/" + path)).timeout(ANSWER_TIME);
    key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    return request;
  }

  private static void say(ArrayNode conversation, String role, String content) {
    conversation.addObject().put("role", role).put("content", content);
  }
}
