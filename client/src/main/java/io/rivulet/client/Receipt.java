package io.rivulet.client;

/**
 * Immutable. What is known of a message once it is durable.
 *
 * @param incarnation the queue that it joined
 * @param offset its place there
 * @param isDuplicate an earlier send with the same id had stored it already
 * @param handle by which the message can be {@linkplain RivuletClient#cancel cancelled} or
 *     {@linkplain RivuletClient#reprioritize given another priority}; empty from a server that has
 *     no handles
 */
public record Receipt(
    String messageId, long incarnation, long offset, boolean isDuplicate, String handle) {}
