package io.rivulet.cluster.ownership;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Immutable. Who serves which shard and where the nodes are, as one node knows it. It may be
 * behind: who is asked for a shard that it does not own (any more) says so.
 *
 * @param places by shard; none as long as the cluster is not known
 * @param nodes by name
 */
public record ShardMap(List<Place> places, Map<String, Node> nodes) {
  /** Before anything is known. */
  public static final ShardMap EMPTY = new ShardMap(List.of(), Map.of());

  /** Immutable. Who serves a shard, and since which take-over. */
  public record Owner(String node, long epoch) {}

  /**
   * Immutable. One shard.
   *
   * @param owner who serves it; empty while it changes hands
   * @param plannedOwner who is to own it; empty if nobody
   * @param standby who takes it if the planned owner is gone; empty if nobody
   */
  public record Place(Optional<Owner> owner, String plannedOwner, String standby) {}

  /**
   * Immutable. One node that is there.
   *
   * @param incarnation another one after each start of the node
   * @param isDrained whether an operator wants it to own nothing
   * @param isLeaving whether it is about to stop
   */
  public record Node(NodeInfo info, String incarnation, boolean isDrained, boolean isLeaving) {
    public String name() {
      return info.name();
    }

    public Set<Role> roles() {
      return info.roles();
    }
  }

  public ShardMap {
    places = List.copyOf(places);
    nodes = Collections.unmodifiableMap(new TreeMap<>(nodes));
  }

  /** Who serves a shard; empty while it changes hands. */
  public Optional<Owner> owner(int shard) {
    return shard < places.size() ? places.get(shard).owner() : Optional.empty();
  }

  /** A node that is there. */
  public Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  public int shards() {
    return places.size();
  }
}
