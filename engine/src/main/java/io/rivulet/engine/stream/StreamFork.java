package io.rivulet.engine.stream;

import java.util.OptionalLong;

/**
 * Immutable. A stream that begins with what another one of the same parent topic holds.
 *
 * @param source the other's lite topic
 * @param offset up to which it is taken over; empty: its end
 * @param subOffset of what is at that offset this much as well: so many bytes of the message, or in
 *     JSON so many messages
 */
public record StreamFork(String source, OptionalLong offset, long subOffset) {}
