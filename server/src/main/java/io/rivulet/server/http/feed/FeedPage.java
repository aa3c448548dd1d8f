package io.rivulet.server.http.feed;

import io.vertx.core.buffer.Buffer;
import java.time.Duration;

/**
 * Immutable; the buffer is only read. What was read of a session, as all of its readers get it.
 *
 * @param events the messages, written out; empty: none
 * @param next where the next read goes on
 * @param isUpToDate whether there was nothing beyond it
 * @param isEnd whether there never will be
 * @param contentType of the messages
 * @param maxWait how long the next read may wait
 */
public record FeedPage(
    Buffer events,
    Place next,
    boolean isUpToDate,
    boolean isEnd,
    String contentType,
    Duration maxWait) {
  /** How long a read waits at the end of a session; its readers see signs of life more often. */
  public static final Duration LONG = Duration.ofSeconds(60);

  public boolean hasEvents() {
    return events.length() > 0;
  }
}
