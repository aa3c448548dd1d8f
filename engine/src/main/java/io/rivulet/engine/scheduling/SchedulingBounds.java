package io.rivulet.engine.scheduling;

/**
 * Immutable. How much is remembered and told of how groups are served.
 *
 * @param measuredGroups groups that metrics tell apart; all others are added up, from 0
 */
public record SchedulingBounds(int measuredGroups) {
  public static SchedulingBounds defaults() {
    return new SchedulingBounds(100);
  }
}
