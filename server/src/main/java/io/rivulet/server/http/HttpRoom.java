package io.rivulet.server.http;

import io.vertx.core.http.HttpServerRequest;

/** A protocol that the HTTP port speaks. Requests are handled on the event loop: nothing blocks. */
public interface HttpRoom {
  /** Whether a path is its own; of several rooms the first has it. */
  boolean owns(String path);

  /** Answers one request, whatever it is. */
  void handle(HttpServerRequest request, Caller caller);

  /** The server is about to stop: whoever waits is answered. */
  void drain();
}
