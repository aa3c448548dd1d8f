package io.rivulet.server.http.stream;

import io.rivulet.engine.stream.StreamView;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.HttpCall;
import io.vertx.core.http.HttpServerRequest;

/** Owned by one event loop. One request for a stream. */
final class StreamCall extends HttpCall {
  final StreamAddress address;

  StreamCall(HttpServerRequest request, Caller caller, StreamAddress address) {
    super(request, caller);
    this.address = address;
  }

  /** What is said of the stream in every answer. */
  void describe(StreamView stream) {
    response
        .putHeader("content-type", stream.definition().contentType())
        .putHeader(StreamHeaders.NEXT_OFFSET, StreamOffset.text(stream.endOffset()));
    if (stream.isClosed()) {
      response.putHeader(StreamHeaders.CLOSED, "true");
    }
  }
}
