package io.rivulet.server.http;

import io.vertx.core.http.HttpServerRequest;

/** A protocol that the HTTP port speaks. Requests are handled on the event loop: nothing blocks. */
public interface HttpRoom {
  /** Paths that begin so are its own. */
  String prefix();

  /** Answers one request, whatever it is. */
  void handle(HttpServerRequest request);

  /** The server is about to stop: whoever waits is answered. */
  void drain();
}
