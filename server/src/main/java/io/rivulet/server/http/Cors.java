package io.rivulet.server.http;

import io.rivulet.engine.topic.TopicAttributes;
import io.rivulet.engine.topic.TopicDefinition;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Immutable. Which web pages may talk to the server from a browser (Cross-Origin Resource Sharing,
 * the Fetch standard).
 *
 * @param origins as browsers name them, such as {@code https://chat.example}; {@code *}: all;
 *     {@code loopback}: pages served from this machine
 * @param namedBy what names them, for people
 */
public record Cors(Set<String> origins, String namedBy) {
  /** Pages of this machine. */
  public static final String LOOPBACK = TopicAttributes.LOOPBACK_ORIGIN;

  /** All pages. */
  private static final String ANY = TopicAttributes.ANY_ORIGIN;

  private static final Set<String> LOOPBACK_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
  private static final int FORBIDDEN = 403;
  private static final String MAX_AGE_SECONDS = "600";

  public Cors {
    origins = Set.copyOf(origins);
  }

  /** What holds for all topics that say nothing else. */
  public Cors(Set<String> origins) {
    this(origins, "http.cors-origins");
  }

  /**
   * What holds for what is done with a topic.
   *
   * @param topic as it is now; empty: it is not there
   */
  public Cors of(Optional<TopicDefinition> topic) {
    Optional<List<String>> own = topic.flatMap(each -> each.attributes().corsOrigins());
    return own.isEmpty()
        ? this
        : new Cors(
            Set.copyOf(own.get()), "the cors-origins of the topic '" + topic.get().name() + "'");
  }

  private boolean isAllowed(String origin) {
    return origins.contains(ANY)
        || origins.contains(origin.toLowerCase(Locale.ROOT))
        || (origins.contains(LOOPBACK) && isLoopback(origin));
  }

  private static boolean isLoopback(String origin) {
    try {
      String host = new URI(origin).getHost();
      return host != null && LOOPBACK_HOSTS.contains(host.toLowerCase(Locale.ROOT));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /**
   * Says whether the page that asks may see the answer, and which headers of it.
   *
   * @return false if the request must not be done: browsers send some without asking first and only
   *     keep the answer from the page
   */
  public boolean allow(HttpServerRequest request, String exposedHeaders) {
    // Also without an origin: what a cache keeps of this answer must not be given to a page.
    HttpServerResponse response = request.response().putHeader("vary", "Origin");
    String origin = request.getHeader("origin");
    if (origin == null) {
      return true;
    }
    if (isAllowed(origin)) {
      response
          .putHeader("access-control-allow-origin", origins.contains(ANY) ? ANY : origin)
          .putHeader("access-control-expose-headers", exposedHeaders);
      return true;
    }
    return READING.contains(request.method().name()) || isOwn(request, origin);
  }

  /** A page that this server has served. */
  private static boolean isOwn(HttpServerRequest request, String origin) {
    return request.authority() != null && origin.endsWith("://" + request.authority().toString());
  }

  /** Why a request was not done. */
  public Problem refusal(HttpServerRequest request) {
    return new Problem(
        FORBIDDEN,
        "origin not allowed",
        "pages of "
            + request.getHeader("origin")
            + " may not change anything here; those that may are named by "
            + namedBy);
  }

  /** Answers the question of a browser whether it may ask. */
  public static void preflight(HttpServerRequest request, String methods, String headers) {
    request
        .response()
        .setStatusCode(204)
        .putHeader("access-control-allow-methods", methods)
        .putHeader("access-control-allow-headers", headers)
        .putHeader("access-control-max-age", MAX_AGE_SECONDS)
        .end();
  }
}
