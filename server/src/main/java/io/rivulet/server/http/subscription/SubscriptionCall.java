package io.rivulet.server.http.subscription;

import io.rivulet.server.http.Caller;
import io.rivulet.server.http.HttpCall;
import io.rivulet.server.http.Problem;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * Owned by one event loop. One request about a subscription; errors are told as the protocol does.
 */
final class SubscriptionCall extends HttpCall {
  private static final int TOO_MANY = 429;
  private static final int UNAVAILABLE = 503;

  /** The name of the subscription. */
  final String name;

  SubscriptionCall(HttpServerRequest request, Caller caller, String name) {
    super(request, caller);
    this.name = name;
  }

  void answer(int status, JsonObject body) {
    response
        .setStatusCode(status)
        .putHeader("content-type", "application/json")
        .putHeader("cache-control", "no-store")
        .end(body.encode());
  }

  /** Says what was wrong by the protocol's code for it. */
  void fail(int status, String code, String message) {
    fail(status, new JsonObject().put("code", code).put("message", message));
  }

  void fail(int status, JsonObject error) {
    if (isOver()) {
      return;
    }
    if (status == TOO_MANY || status == UNAVAILABLE) {
      response.putHeader("retry-after", "1");
    }
    answer(status, new JsonObject().put("error", error));
  }

  @Override
  public void refuse(Problem problem) {
    String code =
        switch (problem.title()) {
          case "bad request", "illegal argument", "illegal topic", "illegal lite topic" ->
              "INVALID_REQUEST";
          case "already exists" -> "SUBSCRIPTION_ALREADY_EXISTS";
          case "lite subscription quota exceeded" -> "QUOTA_EXCEEDED";
          default -> problem.title().toUpperCase(Locale.ROOT).replace(' ', '_');
        };
    fail(problem.status(), code, problem.detail());
  }
}
