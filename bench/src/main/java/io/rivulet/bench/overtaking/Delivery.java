package io.rivulet.bench.overtaking;

import java.nio.ByteBuffer;

/**
 * Immutable. A message in the consumer's hands.
 *
 * @param acknowledgement tells the server that it is done, without waiting for its answer
 */
public record Delivery(ByteBuffer body, Runnable acknowledgement) {}
