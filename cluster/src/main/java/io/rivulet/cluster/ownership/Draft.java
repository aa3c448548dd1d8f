package io.rivulet.cluster.ownership;

import io.rivulet.cluster.ownership.Inventory.Member;
import io.rivulet.engine.codec.Hash;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Owned by the planner that makes it. A plan that is being made. */
final class Draft {
  /** Below this many records a second in each shard, differences are chance. */
  private static final double MIN_MEAN_LOAD = 100;

  /** What a move must gain, as a part of what nodes have to do on average. */
  private static final double MARGIN = 0.1;

  /** Standbys that are moved by one plan for the sake of their number. */
  private static final int MAX_STANDBY_MOVES = 4;

  /** A node with what it is to own. */
  static final class Seated {
    private final Member member;
    private final Map<String, Integer> standbyFor = new TreeMap<>();
    private double weight;
    private int standbys;

    Seated(Member member) {
      this.member = member;
    }

    String name() {
      return member.name();
    }

    /** Whether it may be given shards; if not, it is to be rid of those that it has. */
    boolean isEligible() {
      return member.isEligible();
    }

    boolean isFitFor(int shard) {
      return !member.unfit().contains(shard);
    }

    private double fullness() {
      return weight / member.capacity();
    }

    private double fullnessWith(double more) {
      return (weight + more) / member.capacity();
    }

    private double standbyFullness() {
      return (double) standbys / member.capacity();
    }
  }

  private final Inventory inventory;
  private final Map<String, Seated> nodes = new TreeMap<>();
  private final Plan.Place[] places;
  private final double[] weights;

  Draft(@Nullable Plan before, Inventory inventory) {
    this.inventory = inventory;
    inventory.members().forEach(each -> nodes.put(each.name(), new Seated(each)));
    places = new Plan.Place[inventory.shards()];
    weights = new double[places.length];
    double mean =
        Math.max(
            MIN_MEAN_LOAD,
            inventory.loads().stream().mapToLong(Long::longValue).average().orElse(0));
    for (int shard = 0; shard < places.length; shard++) {
      places[shard] = before == null ? Plan.Place.NONE : before.place(shard);
      weights[shard] = 1 + inventory.loads().get(shard) / mean;
      Seated owner = nodes.get(places[shard].owner());
      if (owner != null) {
        owner.weight += weights[shard];
      }
      countStandby(places[shard], 1);
    }
  }

  Plan plan() {
    return new Plan(Arrays.asList(places));
  }

  boolean hasMembers() {
    return !nodes.isEmpty();
  }

  // ---- owners

  /** Whether the planned owner is there and could not only fail. */
  boolean isWellOwned(int shard) {
    Seated owner = nodes.get(places[shard].owner());
    return owner != null && (owner.isFitFor(shard) || fit(shard).isEmpty());
  }

  Optional<Seated> holder(int shard) {
    return Optional.ofNullable(nodes.get(inventory.holders().get(shard)));
  }

  boolean isHeld(int shard) {
    return holder(shard).isPresent();
  }

  /** Whether the planned owner is to be rid of the shard, and somebody else could have it. */
  boolean isOnItsWayOut(int shard) {
    Seated owner = nodes.get(places[shard].owner());
    return owner != null
        && !owner.isEligible()
        && nodes.values().stream().anyMatch(each -> each.isEligible());
  }

  /** Shards that are to go from a living holder to another node. */
  int moving() {
    int count = 0;
    for (int shard = 0; shard < places.length; shard++) {
      if (isMoving(shard)) {
        count++;
      }
    }
    return count;
  }

  /** Those of them that a node has which is to be rid of them. */
  int leaving() {
    int count = 0;
    for (int shard = 0; shard < places.length; shard++) {
      Seated owner = nodes.get(places[shard].owner());
      boolean isWelcome = owner != null && owner.isEligible();
      if (isMoving(shard) && isWelcome && holder(shard).filter(Seated::isEligible).isEmpty()) {
        count++;
      }
    }
    return count;
  }

  private boolean isMoving(int shard) {
    return isHeld(shard) && !inventory.holders().get(shard).equals(places[shard].owner());
  }

  private List<Seated> fit(int shard) {
    return nodes.values().stream()
        .filter(each -> each.isEligible() && each.isFitFor(shard))
        .toList();
  }

  /** The standby if it may own the shard; else who would be least full with it. */
  Optional<Seated> bestFor(int shard) {
    List<Seated> candidates = fit(shard);
    if (candidates.isEmpty()) {
      candidates = nodes.values().stream().filter(each -> each.isEligible()).toList();
    }
    if (candidates.isEmpty()) {
      candidates = List.copyOf(nodes.values());
    }
    for (Seated each : candidates) {
      if (each.name().equals(places[shard].standby())) {
        return Optional.of(each);
      }
    }
    return candidates.stream()
        .min(
            Comparator.comparingDouble((Seated each) -> each.fullnessWith(weights[shard]))
                .thenComparingLong(each -> chance(shard, each.name())));
  }

  /** Of equal nodes each shard prefers another one, always the same. */
  private static long chance(int shard, String node) {
    return Hash.of(node, Hash.mix(shard + 1L));
  }

  /** Gives a shard to a node. Its owner before becomes its standby, if it has the files. */
  void move(int shard, Seated next) {
    Plan.Place place = places[shard];
    Seated before = nodes.get(place.owner());
    if (before == next) {
      return;
    }
    if (before != null) {
      before.weight -= weights[shard];
    }
    next.weight += weights[shard];
    boolean isStandbyTaken = place.standby().equals(next.name());
    boolean isSuccessorKnown = before != null && before.isEligible();
    String standby =
        !isStandbyTaken ? place.standby() : isSuccessorKnown ? place.owner() : Plan.NOBODY;
    put(shard, place.withOwner(next.name(), standby, inventory.nowMillis()));
  }

  private void put(int shard, Plan.Place place) {
    countStandby(places[shard], -1);
    places[shard] = place;
    countStandby(place, 1);
  }

  // ---- balance

  private record Move(int shard, Seated target, double fullness) {}

  /** Moves the one shard whose move does most good; false: none does enough. */
  boolean balance(long residenceMillis) {
    List<Seated> eligible = nodes.values().stream().filter(each -> each.isEligible()).toList();
    double capacity = eligible.stream().mapToInt(each -> each.member.capacity()).sum();
    double mean = eligible.stream().mapToDouble(each -> each.weight).sum() / capacity;
    double margin = MARGIN * mean;
    List<Seated> emptiest =
        eligible.stream().sorted(Comparator.comparingDouble(Seated::fullness)).toList();
    for (Seated source : emptiest.reversed()) {
      for (Seated target : emptiest) {
        if (source.fullness() - target.fullness() <= margin) {
          break;
        }
        // Whoever has next to nothing has just come, and is not to wait for its share.
        long stayMillis = target.fullness() < mean / 2 ? 0 : residenceMillis;
        Move best = best(source, target, margin, stayMillis);
        if (best != null) {
          move(best.shard, best.target);
          return true;
        }
      }
    }
    return false;
  }

  private @Nullable Move best(Seated source, Seated target, double margin, long stayMillis) {
    Move best = null;
    for (int shard = 0; shard < places.length; shard++) {
      Plan.Place place = places[shard];
      if (!place.owner().equals(source.name())
          || !inventory.holders().get(shard).equals(source.name())
          || !target.isFitFor(shard)
          || Math.abs(inventory.nowMillis() - place.movedMillis()) < stayMillis) {
        continue;
      }
      double after = target.fullnessWith(weights[shard]);
      if (after >= source.fullness() - margin) {
        continue;
      }
      // A standby has the files: that is worth a little.
      double worth = place.standby().equals(target.name()) ? margin / 2 : 0;
      double fullness = Math.max(after, source.fullnessWith(-weights[shard])) - worth;
      if (best == null || fullness < best.fullness) {
        best = new Move(shard, target, fullness);
      }
    }
    return best;
  }

  // ---- standbys

  private void countStandby(Plan.Place place, int by) {
    Seated standby = nodes.get(place.standby());
    if (standby != null) {
      standby.standbys += by;
      standby.standbyFor.merge(place.owner(), by, Integer::sum);
    }
  }

  private boolean mayStandBy(Seated node, int shard) {
    return node.isEligible() && node.isFitFor(shard) && !node.name().equals(places[shard].owner());
  }

  /** Sees to it that a shard has a standby, if there is another node. */
  void standBy(int shard) {
    Seated standby = nodes.get(places[shard].standby());
    if (standby != null && mayStandBy(standby, shard)) {
      return;
    }
    String owner = places[shard].owner();
    Optional<Seated> best =
        nodes.values().stream()
            .filter(each -> mayStandBy(each, shard))
            .min(
                Comparator.comparingDouble((Seated each) ->
                        (double) each.standbyFor.getOrDefault(owner, 0) / each.member.capacity())
                    .thenComparingDouble(Seated::standbyFullness)
                    .thenComparingLong(each -> chance(shard, each.name())));
    put(shard, places[shard].withStandby(best.map(Seated::name).orElse(Plan.NOBODY)));
  }

  /** Gives some standbys of nodes that are it for many shards to those that are it for few. */
  void spreadStandbys() {
    for (int moved = 0; moved < MAX_STANDBY_MOVES; moved++) {
      List<Seated> fewest =
          new ArrayList<>(nodes.values().stream().filter(each -> each.isEligible()).toList());
      if (fewest.size() < 2) {
        return;
      }
      fewest.sort(Comparator.comparingDouble(Seated::standbyFullness));
      Seated target = fewest.getFirst();
      Seated source = fewest.getLast();
      // As with balance: it must not be worth while to move it back.
      boolean isWorthIt =
          (target.standbys + 1.5) / target.member.capacity() < source.standbyFullness();
      if (!isWorthIt || !handStandby(source, target)) {
        return;
      }
    }
  }

  private boolean handStandby(Seated source, Seated target) {
    for (int shard = 0; shard < places.length; shard++) {
      if (places[shard].standby().equals(source.name())
          && !isMoving(shard)
          && !isOnItsWayOut(shard)
          && mayStandBy(target, shard)) {
        put(shard, places[shard].withStandby(target.name()));
        return true;
      }
    }
    return false;
  }
}
