package io.rivulet.engine.scheduling;

import java.time.Duration;

/**
 * Immutable. How far ahead messages may be sent, and how many may wait for their time.
 *
 * @param maxDelay how much later than now a message may be delivered, 1 second to 10 years
 * @param maxParkedMessages messages that wait for their time, of all topics, from 0
 */
public record DelayBounds(Duration maxDelay, long maxParkedMessages) {
  private static final long MAX_DAYS = 3650;

  public DelayBounds {
    if (maxDelay.compareTo(Duration.ofSeconds(1)) < 0
        || maxDelay.compareTo(Duration.ofDays(MAX_DAYS)) > 0) {
      throw new IllegalArgumentException(
          "a delay of at most " + maxDelay + ": from 1 second to " + MAX_DAYS + " days");
    }
    if (maxParkedMessages < 0) {
      throw new IllegalArgumentException("at most " + maxParkedMessages + " parked messages");
    }
  }

  /** Three days, as in the protocol's reference. */
  public static DelayBounds defaults() {
    return new DelayBounds(Duration.ofDays(3), 10_000_000);
  }
}
