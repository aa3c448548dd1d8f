package io.rivulet.engine.lite;

import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. Reads a queue without a group.
 *
 * @param liteTopic the lite topic (LITE) or message group (FIFO); empty: the topic's only queue
 *     (dead-letter topics and the like)
 * @param incarnation with {@link OffsetOption.At}: the queue id that the offset belongs to; if it
 *     is another one by now the answer is GONE
 * @param maxMessages 1 to the configured bound
 * @param maxBytes of bodies, but for a single message; the configured bound if that is less
 * @param maxWait how long to wait at the end for something new; a lite topic that does not exist
 *     yet is waited for likewise
 * @param leavesLargeBodies the bodies of large messages are left in the log until they are
 *     {@linkplain io.rivulet.engine.message.StoredMessage#load loaded}
 */
public record ReadRequest(
    String topic,
    Optional<String> liteTopic,
    OffsetOption from,
    Optional<Long> incarnation,
    int maxMessages,
    int maxBytes,
    Duration maxWait,
    boolean leavesLargeBodies) {
  /** One that takes as many bytes as the engine gives, with all bodies. */
  public ReadRequest(
      String topic,
      Optional<String> liteTopic,
      OffsetOption from,
      Optional<Long> incarnation,
      int maxMessages,
      Duration maxWait) {
    this(topic, liteTopic, from, incarnation, maxMessages, Integer.MAX_VALUE, maxWait);
  }

  /** With all bodies. */
  public ReadRequest(
      String topic,
      Optional<String> liteTopic,
      OffsetOption from,
      Optional<Long> incarnation,
      int maxMessages,
      int maxBytes,
      Duration maxWait) {
    this(topic, liteTopic, from, incarnation, maxMessages, maxBytes, maxWait, false);
  }

  /** The same, large bodies left in the log. */
  public ReadRequest leavingLargeBodies() {
    return new ReadRequest(
        topic, liteTopic, from, incarnation, maxMessages, maxBytes, maxWait, true);
  }
}
