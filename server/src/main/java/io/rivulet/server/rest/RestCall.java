package io.rivulet.server.rest;

import io.rivulet.server.config.DurationText;
import io.rivulet.server.http.BodyReader;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.HttpCall;
import io.rivulet.server.http.Problem;
import io.rivulet.server.network.RequestBudget;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Owned by one event loop. One request to an {@link Operation}. */
final class RestCall extends HttpCall {
  static final String JSON = "application/json";
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;

  /** Definitions and receipt handles are no messages. */
  private static final int MAX_SMALL_BODY_BYTES = 4 << 20;

  private final Map<String, String> inPath;
  private final RestConfig config;
  private final RequestBudget budget;

  RestCall(
      HttpServerRequest request,
      Caller caller,
      Map<String, String> inPath,
      RestConfig config,
      RequestBudget budget) {
    super(request, caller);
    this.inPath = inPath;
    this.config = config;
    this.budget = budget;
  }

  // ---- what was asked

  boolean hasTopic() {
    return inPath.containsKey("topic");
  }

  String topic() {
    return Objects.requireNonNull(inPath.get("topic"));
  }

  /** What stands at a place of the path that has a name. */
  String inPath(String name) {
    return Objects.requireNonNull(inPath.get(name));
  }

  String group() {
    return Objects.requireNonNull(inPath.get("group"));
  }

  /** The lite topic in the path; null: there is none. */
  @Nullable String lite() {
    return inPath.get("lite");
  }

  Optional<String> query(String name) {
    return Optional.ofNullable(request.getParam(name)).filter(text -> !text.isEmpty());
  }

  /**
   * A number in the query.
   *
   * @throws IllegalArgumentException if it is none from 1 to {@code max}
   */
  int count(String name, int usual, int max) {
    return query(name).map(text -> count(name, text, 1, max)).orElse(Math.min(usual, max));
  }

  static int count(String name, String text, int min, int max) {
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("%s is %d to %d, not '%s'".formatted(name, min, max, text));
  }

  /** A time in the query. */
  Duration time(String name, Duration usual, Duration max) {
    return time(name, query(name).orElse(null), usual, max);
  }

  /**
   * A length of time as people write it.
   *
   * @throws IllegalArgumentException if it is none, or longer than {@code max}
   */
  static Duration time(String name, @Nullable String text, Duration usual, Duration max) {
    if (text == null) {
      return usual.compareTo(max) < 0 ? usual : max;
    }
    Duration time;
    try {
      time = DurationText.parse(text.equals("0") ? "0s" : text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s is a time such as 250ms, 30s or 7d, not '%s'".formatted(name, text), e);
    }
    if (time.isNegative() || time.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "%s is 0s to %s, not %s".formatted(name, DurationText.print(max), text));
    }
    return time;
  }

  /** The media type of the body in lower case, without its parameters; empty: none is said. */
  String mediaType() {
    return mediaType(Objects.requireNonNullElse(request.getHeader("content-type"), ""));
  }

  static String mediaType(String contentType) {
    int semicolon = contentType.indexOf(';');
    String bare = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
    return bare.strip().toLowerCase(Locale.ROOT);
  }

  /** Whether the caller names this media type as one that it wants. */
  boolean accepts(String mediaType) {
    String accept = request.getHeader("accept");
    if (accept != null) {
      for (String each : accept.split(",", -1)) {
        if (mediaType(each).equals(mediaType)) {
          return true;
        }
      }
    }
    return false;
  }

  // ---- bodies

  /** Hands over the body of a message or many. */
  void whole(Consumer<byte[]> taker) {
    BodyReader.read(this, config.maxBodyBytes(), budget, body -> run(() -> taker.accept(body)));
  }

  /** Hands over a JSON body; an empty one is an empty object. */
  void tree(Consumer<JsonNode> taker) {
    BodyReader.read(
        this,
        Math.min(MAX_SMALL_BODY_BYTES, config.maxBodyBytes()),
        budget,
        body ->
            run(() ->
                taker.accept(
                    Json.tree(body.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : body))));
  }

  <T> void json(Class<T> type, Consumer<T> taker) {
    tree(tree -> taker.accept(Json.as(type, tree)));
  }

  // ---- answers

  void answer(Object value) {
    var _ = answer(OK, value);
  }

  /** The future fails if the caller has gone. */
  Future<Void> answer(int status, Object value) {
    return answer(status, JSON, Json.write(value));
  }

  Future<Void> answer(int status, String contentType, byte[] body) {
    response
        .setStatusCode(status)
        .putHeader("content-type", contentType)
        .putHeader("cache-control", "no-store");
    return response.end(Buffer.buffer(body));
  }

  void answerNothing() {
    response.setStatusCode(NO_CONTENT).end();
  }

  void refuse(io.rivulet.engine.refusal.Refusal refusal) {
    refuse(Problem.of(refusal));
  }

  /** Says where the next page is (RFC 8288): the same request with this cursor. */
  void linkNext(String cursor) {
    StringBuilder uri = new StringBuilder(Objects.requireNonNullElse(request.path(), ""));
    char mark = '?';
    for (Map.Entry<String, String> each : request.params()) {
      if (!each.getKey().equals("cursor") && !each.getKey().equals("from")) {
        uri.append(mark).append(encode(each.getKey())).append('=').append(encode(each.getValue()));
        mark = '&';
      }
    }
    uri.append(mark).append("cursor=").append(encode(cursor));
    response.putHeader("link", "<" + uri + ">; rel=\"next\"");
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
