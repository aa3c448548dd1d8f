package io.rivulet.server.http.stream;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.ComeAgain;
import io.rivulet.server.http.feed.FeedPage;
import io.rivulet.server.http.feed.FeedReader;
import io.rivulet.server.http.feed.Feeds;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one event loop. A reader that gets a stream as server-sent events: after each page its
 * place, so that it can go on from there on another connection.
 */
final class EventReader extends FeedReader {
  private final Clock clock;
  private final StreamCall streamCall;
  private @Nullable String cursor;

  EventReader(
      Clock clock,
      Duration time,
      StreamCall call,
      Feeds feeds,
      StreamSource source,
      OffsetOption from) {
    super(call, feeds, source, from);
    this.clock = clock;
    streamCall = call;
    cursor = call.request.getParam("cursor");
    endIn(time.toNanos());
  }

  @Override
  protected String resource() {
    return streamCall.address.resource();
  }

  @Override
  protected boolean open(FeedPage first) {
    ComeAgain.openEvents(call.response);
    if (!Payload.isText(first.contentType())) {
      call.response.putHeader(StreamHeaders.SSE_DATA_ENCODING, "base64");
    }
    return true;
  }

  @Override
  protected Buffer render(FeedPage page, boolean isFirst) {
    return Buffer.buffer(page.events().length() + 128)
        .appendBuffer(page.events())
        .appendString("event: control\ndata:")
        .appendString(control(page))
        .appendString("\n\n");
  }

  private String control(FeedPage page) {
    JsonObject control =
        new JsonObject().put("streamNextOffset", StreamOffset.text(page.next().offset()));
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

  @Override
  protected Buffer reclaimed() {
    return Buffer.buffer();
  }
}
