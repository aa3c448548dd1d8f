package io.rivulet.server.http.stream;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.EventText;
import io.rivulet.server.token.Action;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one event loop. A reader that gets a stream as server-sent events: after each page its
 * place, so that it can go on from there on another connection.
 *
 * <p>At most one page is in memory: the next is read when the connection has taken the one before,
 * so a slow reader pauses itself and nothing else.
 */
final class EventReader {
  private static final Duration HEARTBEAT = Duration.ofSeconds(EventText.HEARTBEAT_SECONDS);

  private final Engine engine;
  private final Clock clock;
  private final StreamConfig config;
  private final StreamCall call;
  private final long endNanos;
  private OffsetOption from;
  private @Nullable String cursor;
  private boolean isBegun;

  EventReader(Engine engine, Clock clock, StreamConfig config, StreamCall call, OffsetOption from) {
    this.engine = engine;
    this.clock = clock;
    this.config = config;
    this.call = call;
    this.from = from;
    cursor = call.request.getParam("cursor");
    endNanos = clock.nanos() + config.sseTime().toNanos();
  }

  void begin() {
    read();
  }

  private void read() {
    if (isBegun && !call.mayOrRefuse(Action.READ, call.address.resource())) {
      return; // its token has ended meanwhile
    }
    Duration left = Duration.ofNanos(endNanos - clock.nanos());
    if (isBegun && left.toMillis() <= 0) {
      call.response.end();
      return;
    }
    // The first answer comes at once: whoever loses the connection then knows where to go on.
    Duration wait = !isBegun ? Duration.ZERO : left.compareTo(HEARTBEAT) < 0 ? left : HEARTBEAT;
    call.then(
        engine.readStream(
            new StreamRead(
                call.address.topic(), call.address.liteTopic(), from, config.maxMessages(), wait)),
        this::hand);
  }

  private void hand(StreamPage page) {
    boolean isFirst = !isBegun;
    if (isFirst) {
      open(page);
    }
    from = new OffsetOption.At(page.nextOffset());
    Buffer events = Buffer.buffer();
    if (!page.messages().isEmpty()) {
      events
          .appendString("event: data\n")
          .appendBuffer(Payload.eventLines(page))
          .appendString("\n");
    }
    if (isFirst || !page.messages().isEmpty() || page.isEnd()) {
      events.appendString("event: control\ndata:").appendString(control(page)).appendString("\n\n");
    } else {
      events.appendString(":\n\n");
    }
    if (page.isEnd()) {
      call.response.end(events);
      return;
    }
    call.write(events, this::read);
  }

  private void open(StreamPage page) {
    isBegun = true;
    call.response
        .setChunked(true)
        .putHeader("content-type", "text/event-stream")
        .putHeader("cache-control", "no-cache")
        .putHeader("x-accel-buffering", "no");
    if (!Payload.isText(page.stream().definition().contentType())) {
      call.response.putHeader(StreamHeaders.SSE_DATA_ENCODING, "base64");
    }
  }

  private String control(StreamPage page) {
    JsonObject control =
        new JsonObject().put("streamNextOffset", StreamOffset.text(page.nextOffset()));
    if (page.isEnd()) {
      return control.put("streamClosed", true).encode();
    }
    cursor = Cursor.next(cursor, clock.wallMillis(), ThreadLocalRandom.current());
    control.put("streamCursor", cursor);
    if (page.isUpToDate()) {
      control.put("upToDate", true);
    }
    return control.encode();
  }
}
