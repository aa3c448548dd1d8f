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
 * @param leavesLargeBodies as in {@link io.rivulet.engine.lite.ReadRequest}
 */
public record StreamRead(
    String topic,
    String liteTopic,
    OffsetOption from,
    int maxMessages,
    int maxBytes,
    Duration maxWait,
    boolean leavesLargeBodies) {
  /** One that takes as many bytes as the engine gives, with all bodies. */
  public StreamRead(
      String topic, String liteTopic, OffsetOption from, int maxMessages, Duration maxWait) {
    this(topic, liteTopic, from, maxMessages, Integer.MAX_VALUE, maxWait);
  }

  /** With all bodies. */
  public StreamRead(
      String topic,
      String liteTopic,
      OffsetOption from,
      int maxMessages,
      int maxBytes,
      Duration maxWait) {
    this(topic, liteTopic, from, maxMessages, maxBytes, maxWait, false);
  }

  /** The same, large bodies left in the log. */
  public StreamRead leavingLargeBodies() {
    return new StreamRead(topic, liteTopic, from, maxMessages, maxBytes, maxWait, true);
  }
}
