package io.rivulet.engine.subscription;

/** Immutable. Everything of a stream below an offset is done. */
public record StreamAck(StreamPath stream, long offset) {}
