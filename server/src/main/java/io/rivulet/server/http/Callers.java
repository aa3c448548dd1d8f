package io.rivulet.server.http;

import io.vertx.core.http.HttpServerRequest;

/** Safe for all threads. Finds out who sends a request; never blocks. */
@FunctionalInterface
public interface Callers {
  /** Who sends it; somebody to whom all is refused if that can't be believed. */
  Caller of(HttpServerRequest request);
}
