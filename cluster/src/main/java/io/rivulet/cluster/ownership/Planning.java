package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the ownership thread. Keeps the plan up to date if that is up to this node: the first by
 * name of those that own shards. For a moment two may think so; then one is faster, and the other
 * one sees his plan.
 */
final class Planning {
  private static final Logger LOG = LoggerFactory.getLogger(Planning.class);

  /** How long a shard is not given to a node again that did not get ready for it. */
  private static final long AVOID_NANOS = Duration.ofMinutes(5).toNanos();

  /** A shard that takes longer to be served by its new owner does not hold up other moves. */
  private static final long ARRIVAL_NANOS = Duration.ofSeconds(3).toNanos();

  private record Move(String from, String target, long sinceNanos) {}

  private record Pair(int shard, String node) {}

  private final Means means;
  private final OwnershipConfig.Balancing config;
  private final Planner planner;
  private final List<Seat> seats;
  private final KnownLoads loads;
  private final Map<Integer, Move> moves = new HashMap<>();

  /** Shards that nobody serves since a move let them go: since when. */
  private final Map<Integer, Long> arrivals = new HashMap<>();

  private final Map<Pair, Long> avoidedUntilNanos = new HashMap<>();
  private boolean isPlanner;
  private boolean isWriting;
  private int change;
  private long mark;

  Planning(Means means, OwnershipConfig.Balancing config, List<Seat> seats, KnownLoads loads) {
    this.means = means;
    this.config = config;
    this.seats = seats;
    this.loads = loads;
    planner = new Planner(config);
  }

  boolean isPlanner() {
    return isPlanner;
  }

  void lostSession() {
    change++;
    isWriting = false;
    isPlanner = false;
  }

  /**
   * Makes another plan if one is due.
   *
   * @param drained names of nodes that are to own nothing
   */
  void step(Situation now, Set<String> drained) {
    boolean wasPlanner = isPlanner;
    isPlanner = first(now).filter(now.me()::equals).isPresent();
    if (!isPlanner) {
      moves.clear();
      arrivals.clear();
      avoidedUntilNanos.clear();
      return;
    }
    if (!wasPlanner) {
      LOG.info("this node plans which node owns which shard");
    }
    if (!now.isSettled() || isWriting || !means.mirror().isAsOf(Names.PLAN, mark)) {
      return;
    }
    for (Seat seat : seats) {
      if (!means.mirror().isAsOf(Names.owner(seat.shard()), 0)) {
        return;
      }
    }
    Plan next = planner.next(now.plan(), inventory(now, drained));
    if (!next.equals(now.plan())) {
      write(next);
    }
  }

  private static Optional<String> first(Situation now) {
    List<NodeRecord> alive =
        now.nodes().values().stream()
            .filter(each -> each.computes() && now.isAlive(each.info().name()))
            .toList();
    return alive.stream()
        .filter(each -> !each.isLeaving())
        .findFirst()
        .or(() -> alive.stream().findFirst())
        .map(each -> each.info().name());
  }

  private Inventory inventory(Situation now, Set<String> drained) {
    List<String> holders = new ArrayList<>();
    for (Seat seat : seats) {
      String holder = holder(now, seat);
      holders.add(holder);
      noteArrival(now, seat, holder);
      noteMove(now, seat.shard(), holder);
    }
    avoidedUntilNanos.values().removeIf(until -> now.nanos() - until > 0);
    List<Inventory.Member> members = new ArrayList<>();
    for (NodeRecord node : now.nodes().values()) {
      String name = node.info().name();
      if (node.computes() && now.isAlive(name)) {
        members.add(
            new Inventory.Member(
                name,
                node.info().capacity(),
                !node.isLeaving() && !drained.contains(name),
                unfit(node)));
      }
    }
    return new Inventory(
        members, holders, loads.all(), arrivals.size(), means.clock().wallMillis());
  }

  private static String holder(Situation now, Seat seat) {
    OwnerClaim claim = seat.claim();
    return claim != null && now.isAlive(claim) ? claim.node() : Plan.NOBODY;
  }

  /** A shard that was let go for its new owner is on its way until that one serves it. */
  private void noteArrival(Situation now, Seat seat, String holder) {
    int shard = seat.shard();
    String target = now.place(shard).owner();
    OwnerClaim claim = seat.claim();
    boolean isThere = holder.equals(target) && claim != null && claim.serves();
    boolean isLetGo = holder.equals(Plan.NOBODY) || holder.equals(target);
    Move move = moves.get(shard);
    if (isThere || !isLetGo || !now.isAlive(target)) {
      arrivals.remove(shard);
    } else if (move != null && move.target.equals(target)) {
      arrivals.put(shard, now.nanos());
    }
    arrivals.values().removeIf(since -> now.nanos() - since > ARRIVAL_NANOS);
  }

  /** A move that does not come to its end is given up: the shard stays where it is. */
  private void noteMove(Situation now, int shard, String holder) {
    String target = now.place(shard).owner();
    @Nullable Move before = moves.get(shard);
    if (holder.equals(Plan.NOBODY) || holder.equals(target) || !now.isAlive(target)) {
      moves.remove(shard);
    } else if (before == null || !before.from.equals(holder) || !before.target.equals(target)) {
      moves.put(shard, new Move(holder, target, now.nanos()));
    } else if (now.nanos() - before.sinceNanos > config.moveTimeout().toNanos()) {
      LOG.warn(
          "shard {} stays with {}: {} was not ready for it within {}",
          shard,
          holder,
          target,
          config.moveTimeout());
      Long avoided = avoidedUntilNanos.put(new Pair(shard, target), now.nanos() + AVOID_NANOS);
      means.counters().movesGivenUp += avoided == null ? 1 : 0;
    }
  }

  private Set<Integer> unfit(NodeRecord node) {
    Set<Integer> unfit = new HashSet<>(node.unfit());
    avoidedUntilNanos.keySet().stream()
        .filter(each -> each.node.equals(node.info().name()))
        .forEach(each -> unfit.add(each.shard));
    return unfit;
  }

  private void write(Plan next) {
    isWriting = true;
    int number = ++change;
    long version =
        means.mirror().value(Names.PLAN).map(Versioned::version).orElse(MetadataStore.ABSENT);
    means.then(
        means.store().put(Names.PLAN, Texts.of(next), version),
        (written, failure) -> {
          if (number != change) {
            return;
          }
          isWriting = false;
          if (failure == null && written.isPresent()) {
            means.counters().plans++;
          }
          mark = means.mirror().now();
          means.mirror().refresh(Names.PLAN);
        });
  }
}
