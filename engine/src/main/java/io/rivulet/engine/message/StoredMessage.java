package io.rivulet.engine.message;

/**
 * Immutable. A message with its place.
 *
 * @param queueId identifies the queue and, for a lite topic, its incarnation; never reused
 * @param offset place in the queue, from 0, consecutive
 * @param storeMillis when it was stored; never goes back within a queue
 */
public record StoredMessage(Message message, long queueId, long offset, long storeMillis) {}
