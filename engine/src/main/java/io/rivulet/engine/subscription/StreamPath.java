package io.rivulet.engine.subscription;

/** Immutable. A stream by name, which need not exist. */
public record StreamPath(String topic, String liteTopic) {}
