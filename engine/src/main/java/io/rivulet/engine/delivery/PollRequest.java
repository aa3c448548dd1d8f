package io.rivulet.engine.delivery;

import io.rivulet.engine.group.Filter;
import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. One waiting receive.
 *
 * @param maxMessages 1 to the configured bound
 * @param invisible how long a delivered message is leased; empty: leased for as long as the client
 *     is alive, renewed by the engine up to its bound
 * @param maxWait how long to wait when nothing is there, 0 or more
 * @param attemptId names this poll; a repeated one gets the batch again whose reply was lost
 * @param keepsOrder the client handles a batch of one queue in order; others get a strictly ordered
 *     queue one message at a time
 */
public record PollRequest(
    String group,
    String topic,
    String clientId,
    int maxMessages,
    Optional<Duration> invisible,
    Filter filter,
    Duration maxWait,
    Optional<String> attemptId,
    boolean keepsOrder) {
  /** The same poll that waits for so long from now. */
  public PollRequest waiting(Duration wait) {
    return new PollRequest(
        group, topic, clientId, maxMessages, invisible, filter, wait, attemptId, keepsOrder);
  }

  /** A part of this poll that does not wait, under an attempt id of its own. */
  public PollRequest part(int messages, String attempt) {
    return new PollRequest(
        group,
        topic,
        clientId,
        messages,
        invisible,
        filter,
        Duration.ZERO,
        Optional.of(attempt),
        keepsOrder);
  }
}
