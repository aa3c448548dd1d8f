package io.rivulet.engine.message;

/**
 * Immutable. A message, or the queue that it is in, has another priority.
 *
 * @param handle the message's handle from now on; the old one leads to it for a while
 * @param isWholeQueue the priority is that of the whole lite topic or message group
 */
public record Reprioritized(String handle, int priority, boolean isWholeQueue) {}
