package io.rivulet.server.http;

import io.rivulet.engine.refusal.Refusal;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * Immutable. Why a request was not done: a problem document (RFC 9457).
 *
 * @param status the HTTP status
 * @param title what kind of problem it is, the same for all of its kind
 * @param detail what was wrong this time, and what is allowed
 * @param retryAfterSeconds when to come again, if it is one that passes
 */
public record Problem(int status, String title, String detail, long retryAfterSeconds) {
  /** One that, if it passes, is worth another try after a second. */
  public Problem(int status, String title, String detail) {
    this(status, title, detail, 1);
  }

  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int GONE = 410;
  private static final int TOO_LARGE = 413;
  private static final int TOO_MANY = 429;
  private static final int NOT_IMPLEMENTED = 501;
  private static final int UNAVAILABLE = 503;
  private static final int STORAGE_FULL = 507;

  /** What the engine said. */
  public static Problem of(Refusal refusal) {
    int status =
        switch (refusal.code()) {
          case ILLEGAL_TOPIC,
              ILLEGAL_GROUP,
              ILLEGAL_LITE_TOPIC,
              ILLEGAL_ARGUMENT,
              ILLEGAL_DELIVERY_TIME ->
              BAD_REQUEST;
          case TOPIC_NOT_FOUND,
              GROUP_NOT_FOUND,
              LITE_TOPIC_NOT_FOUND,
              MESSAGE_NOT_FOUND,
              SUBSCRIPTION_NOT_FOUND ->
              NOT_FOUND;
          case GONE -> GONE;
          case ALREADY_EXISTS,
              TYPE_MISMATCH,
              GROUP_MISMATCH,
              INVALID_RECEIPT_HANDLE,
              MESSAGE_NOT_WAITING,
              STREAM_CLOSED ->
              CONFLICT;
          case MESSAGE_TOO_LARGE -> TOO_LARGE;
          case LITE_TOPIC_QUOTA_EXCEEDED, LITE_SUBSCRIPTION_QUOTA_EXCEEDED, TOO_MANY_REQUESTS ->
              TOO_MANY;
          case STORAGE_FULL -> STORAGE_FULL;
          case UNSUPPORTED -> NOT_IMPLEMENTED;
          case UNAVAILABLE -> UNAVAILABLE;
        };
    String title = refusal.code().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    long seconds = refusal.retryAfter().map(Problem::wholeSeconds).orElse(1L);
    return new Problem(status, title, refusal.message(), seconds);
  }

  private static long wholeSeconds(Duration duration) {
    return Math.max(1, duration.plusMillis(999).toSeconds());
  }

  /** Ends the response with it. */
  public void send(HttpServerResponse response) {
    if (response.ended() || response.closed()) {
      return;
    }
    if (status == TOO_MANY || status == UNAVAILABLE) {
      response.putHeader("retry-after", Long.toString(retryAfterSeconds));
    }
    if (status == UNAUTHORIZED) {
      response.putHeader("www-authenticate", "Bearer realm=\"rivulet\"");
    }
    response
        .setStatusCode(status)
        .putHeader("content-type", "application/problem+json")
        .putHeader("cache-control", "no-store")
        .end(toJson().encode());
  }

  /** As it stands in answers. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("type", "about:blank")
        .put("status", status)
        .put("title", title)
        .put("detail", detail);
  }
}
