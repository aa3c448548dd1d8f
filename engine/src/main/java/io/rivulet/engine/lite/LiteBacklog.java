package io.rivulet.engine.lite;

/**
 * Immutable. A lite topic that a group has not read to its end.
 *
 * @param group the group that has most of it to read
 * @param backlog messages that the group has not acknowledged
 * @param oldestOffset the first of them
 * @param lastAppendMillis when the last message was stored
 */
public record LiteBacklog(
    String liteTopic, String group, long backlog, long oldestOffset, long lastAppendMillis) {}
