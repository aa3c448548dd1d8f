package io.rivulet.server.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Immutable. How readers are told when to come again: each at another time, so that those that were
 * cut off together don't come together.
 */
public final class ComeAgain {
  private static final int LEAST_MILLIS = 1000;
  private static final int MOST_MILLIS = 4000;
  private static final int MILLIS_PER_SECOND = 1000;
  private static final int UNAVAILABLE = 503;
  private static final String EVENTS = "text/event-stream";

  private ComeAgain() {}

  /** What a reader of events is told of it. */
  public static String hint() {
    return "retry: " + millis() + "\n\n";
  }

  private static int millis() {
    return ThreadLocalRandom.current().nextInt(LEAST_MILLIS, MOST_MILLIS);
  }

  /** Begins a response of events that no cache or proxy may keep back. */
  public static HttpServerResponse openEvents(HttpServerResponse response) {
    return response
        .setChunked(true)
        .putHeader("content-type", EVENTS)
        .putHeader("cache-control", "no-cache")
        .putHeader("x-accel-buffering", "no");
  }

  /**
   * Tells whoever can't be served now to come again. A browser's EventSource gives up for good at
   * any status but 200: it gets events that end at once.
   */
  public static void answer(HttpServerRequest request, String reason) {
    String accepted = request.getHeader("accept");
    if (accepted != null && accepted.contains(EVENTS)) {
      openEvents(request.response()).end(": " + reason + "\n" + hint());
      return;
    }
    int seconds = (millis() + MILLIS_PER_SECOND - 1) / MILLIS_PER_SECOND;
    new Problem(UNAVAILABLE, "unavailable", reason, seconds).send(request.response());
  }
}
