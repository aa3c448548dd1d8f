package io.rivulet.engine.stream;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * Immutable. Reads a stream that is there.
 *
 * @param offset from 0; empty: the stream's end, so that only what is to come is read
 * @param maxMessages 1 to the configured bound
 * @param maxWait how long to wait at the end of an open stream for something new
 */
public record StreamRead(
    String topic, String liteTopic, OptionalLong offset, int maxMessages, Duration maxWait) {}
