package io.rivulet.engine.shard;

import io.rivulet.engine.EngineStats;
import io.rivulet.engine.group.GroupStats;
import io.rivulet.engine.group.GroupStats.HeldBack;
import io.rivulet.engine.group.SchedulingView.HeldBackBy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Owned by the shard thread; what was measured last is volatile. Reads once a second what groups
 * have waiting, what they were handed and which gates are closed, for metrics.
 *
 * <p>A bounded number of groups is told apart and keeps its place for as long as it does something:
 * a counter that moved to and fro between a group and the rest would look like a restart. All
 * others are added up. Who does nothing for {@link #IDLE_MILLIS} gives way to the busiest of them.
 */
final class GroupFigures {
  static final long IDLE_MILLIS = 600_000;

  private static final GroupStats NO_OTHERS =
      new GroupStats(GroupStats.OTHERS, 0, 0, 0, 0, 0, HeldBack.NONE);

  /** Owned by the shard thread. Sums over groups; what was served is that of this second. */
  private static final class Sums {
    private long waiting;
    private long leased;
    private long served;
    private long servedCost;
    private final ClosedKeys closedKeys = new ClosedKeys();
    private HeldBack heldBack = HeldBack.NONE;
    private long heldPolls;

    private void add(Group group) {
      waiting += waitingFor(group);
      leased += leasedOf(group);
      served += group.rates.newMessages();
      servedCost += group.rates.newCost();
      closedKeys.add(group.gates.closedKeys);
      HeldBackBy gate = group.gates.heldBackBy();
      if (gate != HeldBackBy.NOTHING) {
        heldBack = heldBack.and(HeldBack.of(gate));
      }
      heldPolls += heldPolls(group);
    }

    private void add(Sums other) {
      waiting += other.waiting;
      leased += other.leased;
      closedKeys.add(other.closedKeys);
      heldBack = heldBack.and(other.heldBack);
      heldPolls += other.heldPolls;
    }

    private boolean isIdle() {
      return waiting == 0 && leased == 0 && served == 0;
    }

    private GroupStats after(String name, GroupStats before) {
      return new GroupStats(
          name,
          waiting,
          leased,
          before.served() + served,
          before.servedCost() + servedCost,
          closedKeys.all(),
          heldBack);
    }
  }

  /** Owned by the shard thread. A group that is told apart. */
  private static final class Place {
    private GroupStats stats;
    private long busyMillis;

    private Place(String name, long nowMillis) {
      stats = new GroupStats(name, 0, 0, 0, 0, 0, HeldBack.NONE);
      busyMillis = nowMillis;
    }
  }

  private final int max;
  private final Map<Group, Place> places = new LinkedHashMap<>();
  private GroupStats others = NO_OTHERS;
  private volatile List<GroupStats> groups = List.of(NO_OTHERS);
  private volatile EngineStats.Gates gates = EngineStats.Gates.NONE;

  /**
   * @param max groups that are told apart
   */
  GroupFigures(int max) {
    this.max = max;
  }

  /** Measures again: all groups there are. */
  void measure(Collection<Group> all, long nowMillis) {
    places.keySet().removeIf(each -> each.isDeleted);
    choose(all, nowMillis);
    Sums rest = new Sums();
    Sums sums = new Sums();
    List<GroupStats> measured = new ArrayList<>(places.size() + 1);
    for (Group group : all) {
      if (!places.containsKey(group)) {
        rest.add(group);
      }
    }
    places.forEach((group, place) -> {
      Sums own = new Sums();
      own.add(group);
      place.busyMillis = own.isIdle() ? place.busyMillis : nowMillis;
      place.stats = own.after(group.name(), place.stats);
      measured.add(place.stats);
      sums.add(own);
    });
    others = rest.after(GroupStats.OTHERS, others);
    measured.add(others);
    sums.add(rest);
    groups = List.copyOf(measured);
    gates =
        new EngineStats.Gates(
            sums.heldBack,
            sums.closedKeys.atRate(),
            sums.closedKeys.atConcurrency(),
            sums.closedKeys.suspended(),
            sums.heldPolls);
  }

  // ---- who is told apart

  private void choose(Collection<Group> all, long nowMillis) {
    if (places.size() >= max
        && places.values().stream().noneMatch(each -> isOld(each, nowMillis))) {
      return;
    }
    List<Group> busy = new ArrayList<>();
    for (Group group : all) {
      if (!places.containsKey(group)
          && !group.name().equals(GroupStats.OTHERS)
          && business(group) > 0) {
        busy.add(group);
      }
    }
    busy.sort(Comparator.comparingLong(GroupFigures::business).reversed());
    for (Group group : busy) {
      if (places.size() >= max && !giveWay(nowMillis)) {
        return;
      }
      places.put(group, new Place(group.name(), nowMillis));
    }
  }

  private boolean giveWay(long nowMillis) {
    for (Iterator<Place> each = places.values().iterator(); each.hasNext(); ) {
      if (isOld(each.next(), nowMillis)) {
        each.remove();
        return true;
      }
    }
    return false;
  }

  private static boolean isOld(Place place, long nowMillis) {
    return nowMillis - place.busyMillis >= IDLE_MILLIS;
  }

  private static long business(Group group) {
    return waitingFor(group) + leasedOf(group) + group.rates.unreadMessages();
  }

  // ---- one group

  private static long waitingFor(Group group) {
    long waiting = 0;
    for (GroupTopic followed : group.topics.values()) {
      // A lite topic that nobody follows any more may have leases and does not count.
      waiting += Math.max(0, followed.tally.total() - followed.leased);
    }
    return waiting;
  }

  private static long leasedOf(Group group) {
    long leased = 0;
    for (GroupTopic followed : group.topics.values()) {
      leased += followed.leased;
    }
    return leased;
  }

  /**
   * Polls that a gate of the group keeps waiting, or those of keys: of a group by name the latter
   * are not known without a look at each of its clients, and are left out.
   */
  private static long heldPolls(Group group) {
    long held = group.gates.heldPolls();
    if (group.isByName() || group.gates.closedKeys.all() == 0) {
      return held;
    }
    for (GroupTopic followed : group.topics.values()) {
      Subscriber subscriber = followed.subscriber;
      boolean isKept = !subscriber.ready.isEmpty() && !subscriber.ready.hasOpen();
      if (isKept && !group.gates.isHeld(subscriber)) {
        held += subscriber.polls.size();
      }
    }
    return held;
  }

  // ---- what was measured last

  /** Those that are told apart, and last all others. */
  List<GroupStats> groups() {
    return groups;
  }

  EngineStats.Gates gates() {
    return gates;
  }
}
