package io.rivulet.server.http.stream;

import io.rivulet.engine.Engine;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.Cors;
import io.rivulet.server.http.HttpRoom;
import io.rivulet.server.http.Problem;
import io.rivulet.server.http.Surroundings;
import io.rivulet.server.http.feed.Feeds;
import io.rivulet.server.token.Action;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Objects;
import java.util.Set;

/** Safe for all threads: immutable. Lite topics by the Durable Streams protocol. */
public final class StreamRoom implements HttpRoom {
  private static final Set<String> READING = Set.of("GET", "HEAD");
  private static final String METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS";
  private static final int BAD_REQUEST = 400;
  private static final int METHOD_NOT_ALLOWED = 405;
  static final String PREFIX = "/v1/stream/";

  private final Engine engine;
  private final StreamConfig config;
  private final Cors cors;
  private final StreamWrites writes;
  private final StreamReads reads;

  /**
   * Makes the room.
   *
   * @param around what it has in common with other rooms
   */
  public StreamRoom(
      Engine engine, Clock clock, StreamConfig config, Feeds feeds, Surroundings around) {
    this.engine = engine;
    this.config = config;
    cors = around.cors();
    writes = new StreamWrites(engine, clock, config, around.requests());
    reads = new StreamReads(engine, clock, config, feeds, around);
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith(PREFIX);
  }

  @Override
  public void handle(HttpServerRequest request, Caller caller) {
    request.response().putHeader("cross-origin-resource-policy", "cross-origin");
    StreamAddress address;
    try {
      String path = Objects.requireNonNullElse(request.path(), "");
      address = StreamAddress.of(path.substring(PREFIX.length()), config.defaultTopic());
    } catch (IllegalArgumentException e) {
      boolean _ = cors.allow(request, StreamHeaders.EXPOSED); // nothing is done
      new Problem(BAD_REQUEST, "bad path", String.valueOf(e.getMessage())).send(request.response());
      return;
    }
    Cors pages = cors.of(engine.topic(address.topic()));
    if (!pages.allow(request, StreamHeaders.EXPOSED)) {
      pages.refusal(request).send(request.response());
      return;
    }
    StreamCall call = new StreamCall(request, caller, address);
    call.run(() -> route(call));
  }

  private void route(StreamCall call) {
    Action action = READING.contains(call.request.method().name()) ? Action.READ : Action.WRITE;
    if (!call.request.method().equals(HttpMethod.OPTIONS)
        && !call.mayOrRefuse(action, call.address.resource())) {
      return;
    }
    switch (call.request.method().name()) {
      case "GET" -> reads.get(call);
      case "HEAD" -> reads.head(call);
      case "PUT" -> writes.create(call);
      case "POST" -> writes.append(call);
      case "DELETE" -> writes.delete(call);
      case "OPTIONS" -> Cors.preflight(call.request, METHODS, StreamHeaders.ALLOWED);
      default -> {
        call.response.putHeader("allow", METHODS);
        call.refuse(METHOD_NOT_ALLOWED, "method not allowed", "a stream takes " + METHODS);
      }
    }
  }

  @Override
  public void drain() {
    // Reads that wait are answered by the engine when it closes.
  }
}
