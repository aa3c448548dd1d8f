package io.rivulet.engine.stream;

import io.rivulet.engine.lite.OffsetOption;
import java.time.Duration;

/**
 * Immutable. Reads a stream that is there.
 *
 * @param from the first message that there is, the end, or an offset up to the end; refused with
 *     GONE if retention has taken what was there
 * @param maxMessages 1 to the configured bound
 * @param maxBytes of bodies, but for a single message; the configured bound if that is less
 * @param maxWait how long to wait at the end of an open stream for something new
 */
public record StreamRead(
    String topic,
    String liteTopic,
    OffsetOption from,
    int maxMessages,
    int maxBytes,
    Duration maxWait) {
  /** One that takes as many bytes as the engine gives. */
  public StreamRead(
      String topic, String liteTopic, OffsetOption from, int maxMessages, Duration maxWait) {
    this(topic, liteTopic, from, maxMessages, Integer.MAX_VALUE, maxWait);
  }
}
