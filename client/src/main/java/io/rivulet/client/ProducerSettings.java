package io.rivulet.client;

import java.time.Duration;

/**
 * Immutable. How a {@link BatchingProducer} gathers messages.
 *
 * @param linger how long a message waits for company, 0 to 10 s; longer means fewer, larger
 *     requests
 * @param maxBatchMessages the most messages in one request, 1 to 10,000
 * @param maxBatchBytes the most body bytes in one request (a single message may exceed it), from 1
 *     KiB to 32 MiB
 * @param maxPendingBytes the most bytes that wait or are under way; beyond it {@code send} waits
 * @param maxRequests the most requests under way, 1 to 64
 * @param deliveryTime how long a message is tried, from 1 s; after that its future fails
 */
public record ProducerSettings(
    Duration linger,
    int maxBatchMessages,
    int maxBatchBytes,
    long maxPendingBytes,
    int maxRequests,
    Duration deliveryTime) {

  public ProducerSettings {
    check(linger.compareTo(Duration.ofSeconds(10)) <= 0 && !linger.isNegative(), "linger", linger);
    check(
        maxBatchMessages >= 1 && maxBatchMessages <= 10_000, "maxBatchMessages", maxBatchMessages);
    check(maxBatchBytes >= 1 << 10 && maxBatchBytes <= 32 << 20, "maxBatchBytes", maxBatchBytes);
    check(maxPendingBytes >= maxBatchBytes, "maxPendingBytes", maxPendingBytes);
    check(maxRequests >= 1 && maxRequests <= 64, "maxRequests", maxRequests);
    check(deliveryTime.toMillis() >= 1000, "deliveryTime", deliveryTime);
  }

  /** 5 ms, 512 messages, 1 MiB a request, 32 MiB in all, 4 requests, 2 minutes. */
  public static ProducerSettings usual() {
    return new ProducerSettings(
        Duration.ofMillis(5), 512, 1 << 20, 32L << 20, 4, Duration.ofMinutes(2));
  }

  /** Sends at once; messages gather only while requests are under way. */
  public static ProducerSettings immediate() {
    return usual().withLinger(Duration.ZERO);
  }

  public ProducerSettings withLinger(Duration value) {
    return new ProducerSettings(
        value, maxBatchMessages, maxBatchBytes, maxPendingBytes, maxRequests, deliveryTime);
  }

  public ProducerSettings withMaxBatchMessages(int value) {
    return new ProducerSettings(
        linger, value, maxBatchBytes, maxPendingBytes, maxRequests, deliveryTime);
  }

  public ProducerSettings withMaxBatchBytes(int value) {
    return new ProducerSettings(
        linger, maxBatchMessages, value, maxPendingBytes, maxRequests, deliveryTime);
  }

  public ProducerSettings withMaxPendingBytes(long value) {
    return new ProducerSettings(
        linger, maxBatchMessages, maxBatchBytes, value, maxRequests, deliveryTime);
  }

  public ProducerSettings withMaxRequests(int value) {
    return new ProducerSettings(
        linger, maxBatchMessages, maxBatchBytes, maxPendingBytes, value, deliveryTime);
  }

  public ProducerSettings withDeliveryTime(Duration value) {
    return new ProducerSettings(
        linger, maxBatchMessages, maxBatchBytes, maxPendingBytes, maxRequests, value);
  }

  private static void check(boolean isAllowed, String name, Object value) {
    if (!isAllowed) {
      throw new IllegalArgumentException(name + " is out of its range: " + value);
    }
  }
}
