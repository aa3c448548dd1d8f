package io.rivulet.cluster.ownership;

/**
 * Immutable. Counters since start and gauges of now, for metrics.
 *
 * @param isConnected whether the metadata store answers; if not, nothing changes hands
 * @param isRegistered whether the other nodes see this one
 * @param isPlanner whether this node decides which node is to own which shard
 * @param serving shards that this node serves
 * @param opening shards that it is about to serve
 * @param prepared shards that it could open quickly
 */
public record OwnershipStats(
    boolean isConnected,
    boolean isRegistered,
    boolean isPlanner,
    int serving,
    int opening,
    int prepared,
    Counted counted) {

  /**
   * Immutable. What has happened since the start.
   *
   * @param takeOvers shards opened
   * @param takeOverMillis how long it took to open these, added up
   * @param failedTakeOvers shards that could not be opened
   * @param handedOver shards let go in order, for another node
   * @param moves of these, those that were seen to be served there
   * @param moveStallMillis for how long nobody served these, added up
   * @param movesGivenUp by this node as the planner: their new owners did not get ready
   * @param ended shards that ceased to be served by themselves, such as by a fence
   * @param lostClaims shards let go because their claim was gone
   * @param lostSessions with the metadata store, with all that was claimed
   * @param plans plans made by this node
   */
  public record Counted(
      long takeOvers,
      long takeOverMillis,
      long failedTakeOvers,
      long handedOver,
      long moves,
      long moveStallMillis,
      long movesGivenUp,
      long ended,
      long lostClaims,
      long lostSessions,
      long plans) {
    static final Counted NOTHING = new Counted(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  static final OwnershipStats NONE =
      new OwnershipStats(false, false, false, 0, 0, 0, Counted.NOTHING);
}
