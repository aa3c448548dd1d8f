package io.rivulet.cluster.node;

import io.rivulet.cluster.checkpoint.CheckpointFigures;
import io.rivulet.cluster.checkpoint.StandbyFigures;
import io.rivulet.cluster.forward.CallCounters;
import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.LogCounters;
import io.rivulet.cluster.ownership.OwnershipStats;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.status.ShardReport;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Immutable. A node and what it sees of its cluster, for metrics: gauges of now and counters since
 * its start.
 */
public record ClusterFigures(
    Shards shards,
    Nodes nodes,
    OwnershipStats ownership,
    Storage storage,
    Logs logs,
    Checkpoints checkpoints,
    StandbyFigures standby,
    Requests requests,
    CallCounters.Counted callsOut,
    CallCounters.Counted callsIn,
    Orphans orphans) {

  /**
   * Immutable. All shards of the cluster.
   *
   * @param all how many there are
   * @param unserved that no node serves
   * @param moving that another node is to own than the one that does
   */
  public record Shards(int all, int unserved, int moving) {
    static Shards of(ShardMap map) {
      int unserved = 0;
      int moving = 0;
      for (ShardMap.Place place : map.places()) {
        if (place.owner().isEmpty()) {
          unserved++;
        } else if (!place.owner().get().node().equals(place.plannedOwner())) {
          moving++;
        }
      }
      return new Shards(map.shards(), unserved, moving);
    }
  }

  /**
   * Immutable. The nodes of the cluster.
   *
   * @param known that are there, this one included
   * @param drained of these, those that are to own nothing
   * @param isDrained whether this one is
   * @param links to others
   * @param linksDown of these, those that are not connected
   */
  public record Nodes(int known, int drained, boolean isDrained, int links, int linksDown) {}

  /**
   * Immutable. The storage nodes, and what they hold.
   *
   * @param writable that take new entries
   * @param readOnly that are there and take none
   * @param isNearlyFull whether new messages are refused so that what frees room can go on
   * @param underReplicated ledgers of the cluster that fewer nodes hold than should; -1: not known
   * @param lookedMillis how long ago these were counted; -1: not yet
   * @param isOwnWritable whether this node's own storage takes new entries; false if it has none
   */
  public record Storage(
      int writable,
      int readOnly,
      boolean isNearlyFull,
      int underReplicated,
      long lookedMillis,
      boolean isOwnWritable) {}

  /**
   * Immutable. The logs of the shards that are served here.
   *
   * @param leastCopies of the newest entries of any; -1: there is none
   * @param degraded shards whose newest entries have fewer copies than they should
   * @param held shards to which nothing can be written; all if too few storage nodes are there
   * @param heldMillis for how long that has been so, at most
   * @param ledgers of all of them
   * @param thinLedgers of these, those that fewer nodes hold than should, or may
   * @param sizeBytes of all of them, one copy of each
   * @param mostUnwrittenBytes of the shard of which most waits for enough nodes
   * @param fenced logs that ended since another node had taken the shard over
   * @param failed logs that ended for another reason
   */
  public record Logs(
      int leastCopies,
      int degraded,
      int held,
      long heldMillis,
      int ledgers,
      int thinLedgers,
      long sizeBytes,
      long mostUnwrittenBytes,
      long fenced,
      long failed,
      LogCounters.Counted done) {
    static Logs of(
        List<ShardReport> all,
        boolean isStorageThere,
        long fenced,
        long failed,
        LogCounters.Counted done) {
      return new Logs(
          all.stream().mapToInt(each -> each.log().copies()).min().orElse(-1),
          count(all, each -> each.log().copies() < LedgerStore.COPIES ? 1 : 0),
          count(all, each -> !isStorageThere || each.log().heldMillis() > 0 ? 1 : 0),
          most(all, each -> each.log().heldMillis()),
          count(all, each -> each.log().ledgers()),
          count(all, each -> each.log().thinLedgers()),
          sum(all, each -> each.log().sizeBytes()),
          most(all, each -> each.log().unwrittenBytes()),
          fenced,
          failed,
          done);
    }
  }

  /**
   * Immutable. The checkpoints of the shards that are served here.
   *
   * @param lagBytes of their logs that the newest checkpoints do not reflect
   * @param mostLagBytes of the shard where it is most
   * @param ageMillis of the newest checkpoints, added up
   * @param mostAgeMillis of the shard where it is most
   * @param none shards that have none although something is in their logs
   * @param ledgers that hold checkpoints
   * @param ledgerBytes of these, one copy of each
   * @param mostLedgerBytes of the shard where it is most
   * @param thinLedgers of the newest of each shard, those that fewer nodes hold than should, or may
   */
  public record Checkpoints(
      long lagBytes,
      long mostLagBytes,
      long ageMillis,
      long mostAgeMillis,
      int none,
      int ledgers,
      long ledgerBytes,
      long mostLedgerBytes,
      int thinLedgers,
      StoredCheckpoints done) {
    static Checkpoints of(List<ShardReport> all, StoredCheckpoints done) {
      return new Checkpoints(
          sum(all, each -> each.checkpoints().lagBytes()),
          most(all, each -> each.checkpoints().lagBytes()),
          sum(all, each -> Math.max(0, each.checkpoints().ageMillis())),
          most(all, each -> each.checkpoints().ageMillis()),
          count(all, each -> each.checkpoints().ageMillis() < 0 ? 1 : 0),
          count(all, each -> each.checkpoints().ledgers()),
          sum(all, each -> each.checkpoints().ledgerBytes()),
          most(all, each -> each.checkpoints().ledgerBytes()),
          count(all, each -> each.checkpoints().thinLedgers()),
          done);
    }
  }

  /**
   * Immutable. What was done for checkpoints of shards that this node owns or has owned.
   *
   * @param storing that are being stored now
   * @param stored checkpoints
   * @param storedBytes of files that were written
   * @param sharedBytes of files that were stored already
   * @param millis how long it took to store, added up
   * @param failures to store one
   * @param tooLarge of these, those that the bound on the size refused
   * @param damagedFiles that were stored already and found damaged
   */
  public record StoredCheckpoints(
      int storing,
      long stored,
      long storedBytes,
      long sharedBytes,
      long millis,
      long failures,
      long tooLarge,
      long damagedFiles) {
    static final StoredCheckpoints NONE = new StoredCheckpoints(0, 0, 0, 0, 0, 0, 0, 0);

    StoredCheckpoints and(CheckpointFigures store) {
      return new StoredCheckpoints(
          storing + (store.isStoring() ? 1 : 0),
          stored + store.storedCheckpoints(),
          storedBytes + store.storedBytes(),
          sharedBytes + store.sharedBytes(),
          millis + store.storeMillis(),
          failures + store.failures(),
          tooLarge + store.tooLarge(),
          damagedFiles + store.damagedFiles());
    }

    /** Of stores that are closed nothing is under way. */
    StoredCheckpoints ended() {
      return new StoredCheckpoints(
          0, stored, storedBytes, sharedBytes, millis, failures, tooLarge, damagedFiles);
    }
  }

  /**
   * Immutable. Requests for shards and messages.
   *
   * @param waiting that wait for the owner of a shard
   * @param maxWaiting how many may
   * @param late that were refused since no owner was found in time
   * @param turnedAway that were refused since too many were waiting
   * @param waitingPolls that wait on this node for messages of any shard
   * @param refusedPolls that were refused since too many of one consumer were waiting here
   * @param forks of streams in other shards that this node makes
   * @param maxForks how many it may
   */
  public record Requests(
      int waiting,
      int maxWaiting,
      long late,
      long turnedAway,
      int waitingPolls,
      long refusedPolls,
      int forks,
      int maxForks) {}

  /**
   * Immutable. Ledgers that nobody knew of and that this node has removed.
   *
   * @param failures to look for them, or to remove them
   */
  public record Orphans(long ofLogs, long ofCheckpoints, long failures) {}

  private static int count(List<ShardReport> all, ToLongFunction<ShardReport> of) {
    return Math.toIntExact(sum(all, of));
  }

  private static long sum(List<ShardReport> all, ToLongFunction<ShardReport> of) {
    return all.stream().mapToLong(of).sum();
  }

  private static long most(List<ShardReport> all, ToLongFunction<ShardReport> of) {
    return Math.max(0, all.stream().mapToLong(of).max().orElse(0));
  }
}
