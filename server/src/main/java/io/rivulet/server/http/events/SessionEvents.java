package io.rivulet.server.http.events;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.server.http.ComeAgain;
import io.rivulet.server.http.HttpCall;
import io.rivulet.server.http.feed.FeedPage;
import io.rivulet.server.http.feed.FeedReader;
import io.rivulet.server.http.feed.Feeds;
import io.vertx.core.buffer.Buffer;

/**
 * Owned by one event loop. A reader that gets each message of a lite topic as an event, until the
 * lite topic is closed or reclaimed; one that does not exist yet is waited for.
 */
final class SessionEvents extends FeedReader {
  private static final int NO_CONTENT = 204;

  private final String resource;

  SessionEvents(HttpCall call, Feeds feeds, EventsSource source, OffsetOption from) {
    super(call, feeds, source, from);
    resource = source.key().topic() + "/" + source.key().liteTopic();
  }

  @Override
  protected String resource() {
    return resource;
  }

  @Override
  protected boolean open(FeedPage first) {
    if (first.isEnd() && !first.hasEvents()) {
      // It has seen all: by this answer a browser knows that it need not come again.
      call.response.setStatusCode(NO_CONTENT).end();
      return false;
    }
    ComeAgain.openEvents(call.response);
    return true;
  }

  @Override
  protected Buffer render(FeedPage page, boolean isFirst) {
    if (!isFirst && !page.isEnd()) {
      return page.events();
    }
    Buffer part = Buffer.buffer();
    if (isFirst) {
      part.appendString(ComeAgain.hint());
    }
    part.appendBuffer(page.events());
    if (page.isEnd()) {
      part.appendString("event: end\ndata:closed\n\n");
    }
    return part;
  }

  @Override
  protected Buffer reclaimed() {
    return Buffer.buffer("event: end\ndata:reclaimed\n\n");
  }
}
