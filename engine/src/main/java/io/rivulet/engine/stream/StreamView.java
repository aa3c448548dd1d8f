package io.rivulet.engine.stream;

/**
 * Immutable. A stream as it is.
 *
 * @param queueId its incarnation: another one if the name was made anew
 * @param endOffset the offset that its next message gets
 */
public record StreamView(
    long queueId, StreamDefinition definition, long endOffset, boolean isClosed) {}
