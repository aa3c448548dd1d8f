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
 */
public record ReadRequest(
    String topic,
    Optional<String> liteTopic,
    OffsetOption from,
    Optional<Long> incarnation,
    int maxMessages,
    int maxBytes,
    Duration maxWait) {
  /** One that takes as many bytes as the engine gives. */
  public ReadRequest(
      String topic,
      Optional<String> liteTopic,
      OffsetOption from,
      Optional<Long> incarnation,
      int maxMessages,
      Duration maxWait) {
    this(topic, liteTopic, from, incarnation, maxMessages, Integer.MAX_VALUE, maxWait);
  }
}
