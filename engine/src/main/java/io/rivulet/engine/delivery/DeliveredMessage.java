package io.rivulet.engine.delivery;

import io.rivulet.engine.message.StoredMessage;

/**
 * Immutable. A message as handed to a consumer.
 *
 * @param receiptHandle opaque; proves the lease in acknowledgements; differs in each delivery
 * @param attempt which delivery this is, from 1
 */
public record DeliveredMessage(StoredMessage message, String receiptHandle, int attempt) {}
