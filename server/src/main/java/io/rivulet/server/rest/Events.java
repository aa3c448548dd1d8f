package io.rivulet.server.rest;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Immutable. Answers in CloudEvents, for callers that accept nothing else or them first. */
final class Events {
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;

  private Events() {}

  static boolean isWanted(RestCall call) {
    return call.accepts(CloudEvent.BATCH) || call.accepts(CloudEvent.STRUCTURED);
  }

  /** Whether one event is wanted, and no array. */
  static boolean isSingle(RestCall call) {
    return call.accepts(CloudEvent.STRUCTURED) && !call.accepts(CloudEvent.BATCH);
  }

  /**
   * An array of events; or the only one, 204 if there is none.
   *
   * @param ifGone is called if the answer does not reach the connection
   */
  static Future<Void> answer(
      RestCall call, List<Map<String, Object>> events, Consumer<Throwable> ifGone) {
    Future<Void> sent;
    if (!isSingle(call)) {
      sent = call.answer(OK, CloudEvent.BATCH, Json.write(events));
    } else if (events.isEmpty()) {
      return call.response.setStatusCode(NO_CONTENT).end();
    } else {
      sent = call.answer(OK, CloudEvent.STRUCTURED, Json.write(events.getFirst()));
    }
    return sent.onFailure(ifGone::accept);
  }
}
