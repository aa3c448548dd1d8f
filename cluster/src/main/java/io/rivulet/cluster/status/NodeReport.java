package io.rivulet.cluster.status;

import java.util.List;

/**
 * Immutable. A node as it knows itself.
 *
 * @param version of the program
 * @param startedMillis when it was started, by its wall clock
 * @param isConnected whether the metadata quorum answers it
 * @param isPlanner whether it decides which node is to own which shard
 * @param storage its part in storage
 * @param opening shards that it is about to serve
 * @param prepared shards that it could open quickly
 * @param standby shards whose newest checkpoint it has at hand
 * @param shards that it serves
 */
public record NodeReport(
    String node,
    String version,
    long startedMillis,
    boolean isConnected,
    boolean isPlanner,
    Storage storage,
    int opening,
    int prepared,
    List<Integer> standby,
    List<ShardReport> shards) {

  /** What a node stores. */
  public enum Storage {
    /** It has no storage. */
    NONE,
    WRITABLE,
    /** It takes no new entries, such as for want of room. */
    READ_ONLY,
    /** It has storage that does not run. */
    FAILED
  }

  public NodeReport {
    standby = List.copyOf(standby);
    shards = List.copyOf(shards);
  }
}
