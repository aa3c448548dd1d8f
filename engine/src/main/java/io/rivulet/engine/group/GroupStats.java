package io.rivulet.engine.group;

import io.rivulet.engine.group.SchedulingView.HeldBackBy;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Immutable. What a group has and was handed, for metrics: of one group, or of several together.
 *
 * @param name of the group; {@link #OTHERS} for those that have no entry of their own
 * @param waiting messages not handed out, or not for good
 * @param leased messages handed out and not acknowledged
 * @param served messages handed out since the start, redeliveries included
 * @param servedCost what these cost, as they said themselves
 * @param closedKeys fairness keys that are passed over although something of them is ready
 * @param heldBack what holds it back
 */
public record GroupStats(
    String name,
    long waiting,
    long leased,
    long served,
    long servedCost,
    long closedKeys,
    HeldBack heldBack) {
  /** Not to be mistaken for a group: one of this name has no entry of its own. */
  public static final String OTHERS = "_other";

  /** Immutable. Groups that are held back, by the gate; of a single group each is 0 or 1. */
  public record HeldBack(long messageRate, long costRate, long concurrency, long clients) {
    public static final HeldBack NONE = new HeldBack(0, 0, 0, 0);

    /** One group that is held back by this. */
    public static HeldBack of(HeldBackBy gate) {
      return switch (gate) {
        case NOTHING -> NONE;
        case MESSAGE_RATE -> new HeldBack(1, 0, 0, 0);
        case COST_RATE -> new HeldBack(0, 1, 0, 0);
        case CONCURRENCY -> new HeldBack(0, 0, 1, 0);
        case CLIENTS -> new HeldBack(0, 0, 0, 1);
      };
    }

    public HeldBack and(HeldBack other) {
      return new HeldBack(
          messageRate + other.messageRate,
          costRate + other.costRate,
          concurrency + other.concurrency,
          clients + other.clients);
    }
  }

  private GroupStats and(GroupStats other) {
    return new GroupStats(
        name,
        waiting + other.waiting,
        leased + other.leased,
        served + other.served,
        servedCost + other.servedCost,
        closedKeys + other.closedKeys,
        heldBack.and(other.heldBack));
  }

  /** What two shards say of groups: by name, {@link #OTHERS} last. */
  public static List<GroupStats> sum(List<GroupStats> a, List<GroupStats> b) {
    Map<String, GroupStats> sums = new LinkedHashMap<>();
    Stream.concat(a.stream(), b.stream())
        .sorted(Comparator.comparing(each -> each.name.equals(OTHERS)))
        .forEach(each -> sums.merge(each.name, each, GroupStats::and));
    return List.copyOf(sums.values());
  }
}
