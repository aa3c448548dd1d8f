package io.rivulet.cluster.status;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ownership.Role;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Immutable. A cluster as one of its nodes sees it, with what the others said when they were asked.
 *
 * @param id of the cluster
 * @param answeredBy the node whose view this is
 * @param nodes that are there, by name
 * @param shards all of them, by number
 * @param absentDrained nodes that are to own nothing and are not there
 * @param silent nodes that did not say how they are, with the reason: what only they know is
 *     missing
 */
public record ClusterStatus(
    String id,
    String answeredBy,
    List<Node> nodes,
    List<Shard> shards,
    Storage storage,
    List<String> absentDrained,
    Map<String, String> silent) {

  public ClusterStatus {
    nodes = List.copyOf(nodes);
    shards = List.copyOf(shards);
    absentDrained = List.copyOf(absentDrained);
    silent = Collections.unmodifiableMap(new TreeMap<>(silent));
  }

  /** What a node is about. */
  public enum State {
    ACTIVE,
    /** It is to own nothing, and still owns something. */
    DRAINING,
    /** It is to own nothing, and does not. */
    DRAINED,
    /** It is about to stop. */
    LEAVING
  }

  /**
   * Immutable. One node.
   *
   * @param addresses where it is reached, by purpose
   * @param owned shards that it serves
   * @param load what these have to do, added up: records a second
   * @param report what it said; empty: it did not
   */
  public record Node(
      String name,
      Set<Role> roles,
      Map<String, String> addresses,
      State state,
      int capacity,
      int owned,
      long load,
      Optional<NodeReport> report) {
    public Node {
      roles = Collections.unmodifiableSet(new TreeSet<>(roles));
      addresses = Collections.unmodifiableMap(new TreeMap<>(addresses));
    }
  }

  /**
   * Immutable. One shard.
   *
   * @param owner who serves it; empty while nobody does
   * @param epoch in which; 0 while nobody does
   * @param plannedOwner who is to; empty if nobody
   * @param standby who takes it if that one is gone; empty if nobody
   * @param isStandbyReady whether that one has its newest checkpoint at hand, as far as it said
   * @param load what it has to do, as its owner told last
   * @param report what its owner said; empty: it did not
   */
  public record Shard(
      int number,
      String owner,
      long epoch,
      String plannedOwner,
      String standby,
      boolean isStandbyReady,
      OptionalLong load,
      Optional<ShardReport> report) {
    public boolean isServed() {
      return !owner.isEmpty();
    }

    /** Whether it is served, and to be by another node. */
    public boolean isMoving() {
      return isServed() && !owner.equals(plannedOwner);
    }

    /** Whether it is known to have fewer copies than it should, or to take nothing. */
    public boolean isDegraded() {
      return report.isPresent() && report.get().log().isDegraded(LedgerStore.COPIES);
    }
  }

  /**
   * Immutable. The storage nodes, and what they hold.
   *
   * @param writable those that take new entries
   * @param readOnly those that are there and take none
   * @param isNearlyFull whether new messages are refused so that what frees room can go on
   * @param underReplicated ledgers that too few nodes hold, at most 1000; empty: not known
   * @param someUnderReplicated ids of some of these
   */
  public record Storage(
      List<String> writable,
      List<String> readOnly,
      boolean isNearlyFull,
      OptionalLong underReplicated,
      List<Long> someUnderReplicated) {
    public Storage {
      writable = List.copyOf(writable);
      readOnly = List.copyOf(readOnly);
      someUnderReplicated = List.copyOf(someUnderReplicated);
    }
  }

  public Optional<Node> node(String name) {
    return nodes.stream().filter(each -> each.name().equals(name)).findAny();
  }

  /** Numbers of the shards that no node serves. */
  public List<Integer> unserved() {
    return shards.stream().filter(each -> !each.isServed()).map(Shard::number).toList();
  }

  /** Numbers of the shards that a node serves. */
  public List<Integer> ownedBy(String node) {
    return shards.stream().filter(each -> each.owner().equals(node)).map(Shard::number).toList();
  }
}
