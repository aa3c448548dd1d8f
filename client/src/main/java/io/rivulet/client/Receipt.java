package io.rivulet.client;

/**
 * Immutable. What is known of a message once it is durable.
 *
 * @param incarnation the queue that it joined
 * @param offset its place there
 * @param isDuplicate an earlier send with the same id had stored it already
 */
public record Receipt(String messageId, long incarnation, long offset, boolean isDuplicate) {}
