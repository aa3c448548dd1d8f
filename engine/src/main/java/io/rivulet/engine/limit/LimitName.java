package io.rivulet.engine.limit;

/**
 * Immutable. Which limit.
 *
 * @param owner whose it is, a group for example: all limits of an owner are kept count of in the
 *     same place
 * @param what which of the owner's
 */
public record LimitName(String owner, String what) {}
