package io.rivulet.engine.scheduling;

/**
 * Immutable. How much is remembered and told of how groups are served.
 *
 * @param measuredGroups groups that metrics tell apart; all others are added up, from 0
 * @param rememberedCosts acknowledged messages whose cost may still be settled, over all groups,
 *     from 1
 * @param maxTopKeys fairness keys that are told of at a time, from 1
 * @param maxWaitingPolls polls of one group on a topic, or of one client of a group by name, that
 *     may wait at a time, from 1
 */
public record SchedulingBounds(
    int measuredGroups, int rememberedCosts, int maxTopKeys, int maxWaitingPolls) {
  public static SchedulingBounds defaults() {
    return new SchedulingBounds(100, 65_536, 1000, 1024);
  }
}
