package io.rivulet.server.http.feed;

import java.time.Duration;

/**
 * Immutable. What readers of events may take.
 *
 * @param maxReaders readers at a time; more are asked to come again
 * @param maxCatchUps reads of what is stored at a time, all readers together; others wait in turn
 * @param slowTime how long a connection may take nothing before its reader is cut off
 * @param loops event loops
 */
public record FeedConfig(int maxReaders, int maxCatchUps, Duration slowTime, int loops) {
  int catchUpsPerLoop() {
    return Math.max(1, (maxCatchUps + loops - 1) / loops);
  }
}
