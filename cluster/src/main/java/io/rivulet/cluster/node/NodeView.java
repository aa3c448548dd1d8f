package io.rivulet.cluster.node;

import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.forward.LinkGround;
import io.rivulet.cluster.ledger.BookKeeperLedgers;
import io.rivulet.cluster.ledger.LogCounters;
import io.rivulet.cluster.ledger.StorageNodes;
import io.rivulet.cluster.ledger.UnderReplicated;
import io.rivulet.cluster.member.StorageMember;
import io.rivulet.cluster.ownership.Ownership;
import io.rivulet.cluster.ownership.OwnershipStats;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.routing.RoutedEngine;
import io.rivulet.cluster.status.NodeReport;
import io.rivulet.cluster.status.ShardReport;
import io.rivulet.engine.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: its parts are. What is to be seen of a node, put together when asked. */
final class NodeView {

  /** Immutable. Who knows of shards. */
  record Compute(
      Ownership ownership,
      LocalShards shards,
      Standbys standbys,
      Links links,
      RoutedEngine engine,
      OrphanSearch orphans) {}

  /**
   * Immutable. Who knows of storage.
   *
   * @param member this node's own; null: it has none
   */
  record Stored(BookKeeperLedgers ledgers, @Nullable StorageMember member) {}

  /** Immutable. What is counted while the node works. */
  record Counters(LogCounters logs, LinkGround callsOut, LinkGround callsIn) {}

  /** With fewer storage nodes nothing is written. */
  private static final int LEAST_NODES = 2;

  private final Compute compute;
  private final Stored stored;
  private final Counters counters;
  private final ClusterConfig config;
  private final String version;
  private final Clock clock;
  private final long startedMillis;

  NodeView(
      Compute compute,
      Stored stored,
      Counters counters,
      ClusterConfig config,
      String version,
      Clock clock) {
    this.compute = compute;
    this.stored = stored;
    this.counters = counters;
    this.config = config;
    this.version = version;
    this.clock = clock;
    startedMillis = clock.wallMillis();
  }

  Compute compute() {
    return compute;
  }

  Stored stored() {
    return stored;
  }

  String name() {
    return config.self().name();
  }

  /** For metrics. Never blocks; looks at each shard that is served here. */
  ClusterFigures figures() {
    ShardMap map = compute.ownership().map();
    List<ShardReport> shards = compute.shards().reports();
    RoutedEngine engine = compute.engine();
    return new ClusterFigures(
        ClusterFigures.Shards.of(map),
        nodes(map),
        compute.ownership().stats(),
        storage(),
        ClusterFigures.Logs.of(
            shards,
            stored.ledgers().writableNodes() >= LEAST_NODES,
            compute.shards().fencedLogs(),
            compute.shards().failedLogs(),
            counters.logs().counted()),
        ClusterFigures.Checkpoints.of(shards, compute.shards().storedCheckpoints()),
        compute.standbys().figures(),
        new ClusterFigures.Requests(
            engine.waitingForOwner(),
            config.maxMovingRequests(),
            engine.lateForOwner(),
            engine.turnedAway(),
            engine.waitingPolls(),
            engine.refusedPolls(),
            engine.forksUnderWay(),
            config.maxForks()),
        counters.callsOut().counted(),
        counters.callsIn().counted(),
        compute.orphans().counted());
  }

  private ClusterFigures.Nodes nodes(ShardMap map) {
    return new ClusterFigures.Nodes(
        map.nodes().size(),
        (int) map.nodes().values().stream().filter(ShardMap.Node::isDrained).count(),
        map.node(name()).filter(ShardMap.Node::isDrained).isPresent(),
        compute.links().count(),
        compute.links().downCount());
  }

  private ClusterFigures.Storage storage() {
    StorageNodes nodes = stored.ledgers().storageNodes();
    Optional<UnderReplicated> found = stored.ledgers().lastUnderReplicated();
    return new ClusterFigures.Storage(
        nodes.writable().size(),
        nodes.readOnly().size(),
        stored.ledgers().isNearlyFull(),
        found.map(UnderReplicated::count).orElse(-1),
        found.map(each -> (clock.nanos() - each.lookedNanos()) / 1_000_000).orElse(-1L),
        ownStorage() == NodeReport.Storage.WRITABLE);
  }

  /** For people, also those who ask another node. */
  NodeReport report() {
    OwnershipStats stats = compute.ownership().stats();
    return new NodeReport(
        name(),
        version,
        startedMillis,
        stats.isConnected(),
        stats.isPlanner(),
        ownStorage(),
        stats.opening(),
        stats.prepared(),
        compute.standbys().ready(),
        compute.shards().reports());
  }

  private NodeReport.Storage ownStorage() {
    StorageMember member = stored.member();
    if (member == null) {
      boolean isElsewhere = config.metadata().isPresent() || !config.roles().contains(Role.STORAGE);
      return isElsewhere ? NodeReport.Storage.NONE : NodeReport.Storage.FAILED;
    }
    if (!member.isRunning()) {
      return NodeReport.Storage.FAILED;
    }
    return member.isWritable() ? NodeReport.Storage.WRITABLE : NodeReport.Storage.READ_ONLY;
  }
}
