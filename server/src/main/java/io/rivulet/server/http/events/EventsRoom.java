package io.rivulet.server.http.events;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.Cors;
import io.rivulet.server.http.HttpCall;
import io.rivulet.server.http.HttpMetrics;
import io.rivulet.server.http.HttpRoom;
import io.rivulet.server.http.Surroundings;
import io.rivulet.server.http.feed.Feeds;
import io.rivulet.server.http.feed.PageSize;
import io.rivulet.server.token.Action;
import io.vertx.core.http.HttpServerRequest;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Safe for all threads: immutable. Lite topics as plain server-sent events. */
public final class EventsRoom implements HttpRoom {
  private static final Pattern PATH =
      Pattern.compile("/v1/topics/([%|A-Za-z0-9_-]+)/lite/([A-Za-z0-9_-]+)/events");
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final String METHODS = "GET, OPTIONS";

  private final Engine engine;
  private final PageSize size;
  private final Feeds feeds;
  private final Surroundings around;

  /**
   * Makes the room.
   *
   * @param size what is read from the log at once
   */
  public EventsRoom(Engine engine, PageSize size, Feeds feeds, Surroundings around) {
    this.engine = engine;
    this.size = size;
    this.feeds = feeds;
    this.around = around;
  }

  @Override
  public boolean owns(String path) {
    return PATH.matcher(path).matches();
  }

  @Override
  public void handle(HttpServerRequest request, Caller caller) {
    HttpCall call = new HttpCall(request, caller);
    Matcher path = PATH.matcher(Objects.requireNonNullElse(request.path(), ""));
    Optional<TopicDefinition> topic =
        path.matches() ? engine.topic(path.group(1)) : Optional.empty();
    boolean _ =
        around.cors().of(topic).allow(request, "Retry-After"); // nothing but reading is done here
    if (!path.matches()) {
      call.refuse(
          NOT_FOUND, "not found", "there is /v1/topics/{topic}/lite/{lite topic}/events here");
      return;
    }
    switch (request.method().name()) {
      case "GET" -> call.run(() -> read(call, path.group(1), path.group(2)));
      case "OPTIONS" -> Cors.preflight(request, METHODS, "Last-Event-ID, Authorization");
      default -> {
        request.response().putHeader("allow", METHODS);
        call.refuse(METHOD_NOT_ALLOWED, "method not allowed", "events are read with GET");
      }
    }
  }

  private void read(HttpCall call, String topic, String liteTopic) {
    OffsetOption from =
        StartPlace.of(call.request.getHeader("last-event-id"), call.request.getParam("from"));
    if (call.mayOrRefuse(Action.READ, topic + "/" + liteTopic)) {
      around.metrics().follows(HttpMetrics.Reader.EVENTS, call);
      EventsSource source = new EventsSource(engine, topic, liteTopic, size);
      new SessionEvents(call, feeds, source, from).begin();
    }
  }

  @Override
  public void drain() {
    // Reads that wait are answered by the engine when it closes.
  }
}
