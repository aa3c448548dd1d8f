package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerStore.Listed;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.shard.ShardRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Immutable. Finds ledgers of logs that nobody knows of, as they are left by an owner who died
 * between making a ledger and naming it, or between forgetting and removing it.
 *
 * <p>An orphan was made in an epoch below that of its shard's record, which does not name it: so
 * nobody can name it any more. Its age is looked at, too, though nothing depends on clocks. What
 * was made in the present epoch waits for the next one.
 */
public final class OrphanLedgers {
  private static final Duration MIN_AGE = Duration.ofMinutes(10);

  private final Surroundings around;

  public OrphanLedgers(Surroundings around) {
    this.around = around;
  }

  /** Removes all orphans that can be found; completes with how many there were. */
  public CompletableFuture<Integer> remove() {
    return around
        .ledgers()
        .list()
        .thenCompose(all -> {
          // Only what was listed before its record is read can be told from what is new.
          Map<Integer, List<Listed>> byShard = new HashMap<>();
          for (Listed each : all) {
            if (each.label().use() == Use.LOG) {
              byShard.computeIfAbsent(each.label().shard(), _ -> new ArrayList<>()).add(each);
            }
          }
          CompletableFuture<Integer> count = CompletableFuture.completedFuture(0);
          for (Map.Entry<Integer, List<Listed>> shard : byShard.entrySet()) {
            count = count.thenCombine(remove(shard.getKey(), shard.getValue()), Integer::sum);
          }
          return count;
        });
  }

  private CompletableFuture<Integer> remove(int shard, List<Listed> listed) {
    return around
        .records()
        .read(shard)
        .thenCompose(found -> {
          CompletableFuture<Integer> count = CompletableFuture.completedFuture(0);
          if (found.isPresent()) {
            for (Listed orphan : orphans(found.get().shardRecord(), listed)) {
              count =
                  count.thenCombine(
                      around.ledgers().delete(orphan.id()), (before, _) -> before + 1);
            }
          }
          return count;
        });
  }

  private List<Listed> orphans(ShardRecord shardRecord, List<Listed> listed) {
    Set<Long> named = new HashSet<>();
    shardRecord.ledgers().forEach(ledger -> named.add(ledger.id()));
    long madeBefore = around.clock().wallMillis() - MIN_AGE.toMillis();
    return listed.stream()
        .filter(each ->
            each.label().epoch() < shardRecord.epoch()
                && each.label().madeMillis() < madeBefore
                && !named.contains(each.id()))
        .toList();
  }
}
