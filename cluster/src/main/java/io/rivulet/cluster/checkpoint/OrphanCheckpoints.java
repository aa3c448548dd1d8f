package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.LedgerStore.Listed;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Immutable. Finds ledgers of checkpoints that nobody needs, as they are left by an owner who died
 * between making a ledger and naming it, or between forgetting and removing it.
 *
 * <p>An orphan was made in an epoch below that of its shard's record, and none of the manifests
 * that count names it. A checkpoint shares files only with one that counts when it is made, so
 * nobody can name it any more. Where a manifest cannot be read nobody knows, and nothing is removed
 * of that shard. Its age is looked at, too, though nothing depends on clocks.
 */
public final class OrphanCheckpoints {
  private static final Logger LOG = LoggerFactory.getLogger(OrphanCheckpoints.class);
  private static final Duration MIN_AGE = Duration.ofMinutes(10);

  private final LedgerStore ledgers;
  private final ShardRecords records;
  private final Clock clock;
  private final Manifests manifests;

  public OrphanCheckpoints(LedgerStore ledgers, ShardRecords records, Clock clock) {
    this.ledgers = ledgers;
    this.records = records;
    this.clock = clock;
    manifests = new Manifests(ledgers);
  }

  /** Removes all orphans that can be found; completes with how many there were. Never blocks. */
  public CompletableFuture<Integer> remove() {
    return ledgers
        .list()
        .thenCompose(all -> {
          // Only what was listed before its record is read can be told from what is new.
          Map<Integer, List<Listed>> byShard = new HashMap<>();
          for (Listed each : all) {
            if (each.label().use() == Use.CHECKPOINT) {
              byShard.computeIfAbsent(each.label().shard(), _ -> new ArrayList<>()).add(each);
            }
          }
          CompletableFuture<Integer> count = CompletableFuture.completedFuture(0);
          for (Map.Entry<Integer, List<Listed>> shard : byShard.entrySet()) {
            CompletableFuture<Integer> ofShard =
                remove(shard.getKey(), shard.getValue())
                    .exceptionally(failure -> nobodyKnows(shard.getKey(), failure));
            count = count.thenCombine(ofShard, Integer::sum);
          }
          return count;
        });
  }

  private static int nobodyKnows(int shard, Throwable failure) {
    LOG.info(
        "Ledgers of checkpoints of shard {} that nobody needs are not removed now: {}",
        shard,
        Patience.reasonOf(failure).getMessage());
    return 0;
  }

  private CompletableFuture<Integer> remove(int shard, List<Listed> listed) {
    return records
        .read(shard)
        .thenCompose(found -> {
          if (found.isEmpty()) {
            return CompletableFuture.completedFuture(0);
          }
          ShardRecord known = found.get().shardRecord();
          return manifests
              .ledgersOf(known.checkpoints())
              .thenCompose(named -> remove(orphans(known, named, listed)));
        });
  }

  private CompletableFuture<Integer> remove(List<Listed> orphans) {
    CompletableFuture<Integer> count = CompletableFuture.completedFuture(0);
    for (Listed orphan : orphans) {
      count = count.thenCombine(ledgers.delete(orphan.id()), (before, _) -> before + 1);
    }
    return count;
  }

  private List<Listed> orphans(ShardRecord known, Set<Long> named, List<Listed> listed) {
    long madeBefore = clock.wallMillis() - MIN_AGE.toMillis();
    return listed.stream()
        .filter(each ->
            each.label().epoch() < known.epoch()
                && each.label().madeMillis() < madeBefore
                && !named.contains(each.id()))
        .toList();
  }
}
