package io.rivulet.client;

/**
 * Immutable. A message as handed to a consumer of a group.
 *
 * @param receiptHandle proves the lease
 * @param attempt which delivery of this message to the group this is, from 1
 */
public record Delivery(ReceivedMessage message, String receiptHandle, int attempt) {}
