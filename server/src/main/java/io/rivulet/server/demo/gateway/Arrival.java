package io.rivulet.server.demo.gateway;

/**
 * Immutable. A request that will come.
 *
 * @param atNanos after the phase begins
 * @param cost in tokens
 */
record Arrival(Caller caller, long atNanos, int cost) {}
