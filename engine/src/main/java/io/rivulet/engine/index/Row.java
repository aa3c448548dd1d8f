package io.rivulet.engine.index;

/** Immutable by convention. One row of a table. */
@SuppressWarnings("ArrayRecordComponent") // a carrier that is read at once, never compared
public record Row(byte[] key, byte[] value) {}
