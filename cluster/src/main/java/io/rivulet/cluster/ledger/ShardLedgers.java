package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.ledger.LedgerStore.Writer;
import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Safe for all threads: a concurrent set and what is safe itself. Makes and removes the ledgers of
 * a shard's log, and has the shard's record say which there are.
 */
final class ShardLedgers {
  private final Surroundings around;
  private final OwnedRecord owned;
  private final Function<ShardRecord, ShardRecord> description;
  private final Set<Long> undeleted = ConcurrentHashMap.newKeySet();

  /**
   * Makes one for a shard that this node owns.
   *
   * @param description gives the record as it should be, whenever it is asked
   */
  ShardLedgers(
      Surroundings around, OwnedRecord owned, Function<ShardRecord, ShardRecord> description) {
    this.around = around;
    this.owned = owned;
    this.description = description;
  }

  /** Makes a ledger that nobody knows of yet. */
  CompletableFuture<Writer> create() {
    ShardRecord current = owned.current();
    return create(around, current.shard(), current.epoch());
  }

  static CompletableFuture<Writer> create(Surroundings around, int shard, long epoch) {
    return around.ledgers().create(new Label(Use.LOG, shard, epoch, around.clock().wallMillis()));
  }

  /** Brings the record up to date; fails only if the shard is lost. */
  CompletableFuture<ShardRecord> describe() {
    return owned.change(description::apply);
  }

  /**
   * The same for a new ledger, which is removed again if the shard is lost. If it was let go, it is
   * not known whether the record names the ledger: then it stays.
   */
  CompletableFuture<ShardRecord> describe(Writer made) {
    return describe()
        .whenComplete((_, lost) -> {
          if (lost != null && owned.isLost()) {
            delete(made.id());
          }
        });
  }

  /**
   * Ends a ledger all of whose entries are acknowledged, by recovering it if it cannot be closed.
   *
   * @return how many entries it has
   */
  CompletableFuture<Long> end(Writer writer, Attempts attempts) {
    return writer
        .close()
        .thenApply(_ -> writer.reader().lastEntry() + 1)
        .exceptionallyCompose(_ ->
            attempts
                .untilDone(Duration.ZERO, () -> around.ledgers().recover(writer.id()))
                .thenApply(reader -> {
                  reader.close();
                  return reader.lastEntry() + 1;
                }));
  }

  /** Brings the record up to date, and then removes ledgers that it does not name any more. */
  void describeAndDelete(Collection<Long> ids) {
    List<Long> unnamed = List.copyOf(ids);
    var _ = describe().thenRun(() -> unnamed.forEach(this::delete));
  }

  /** Removes a ledger that the record does not name; if that fails, later. */
  void delete(long id) {
    var _ =
        around
            .ledgers()
            .delete(id)
            .whenComplete((_, failure) -> {
              if (failure != null) {
                undeleted.add(id);
              }
            });
  }

  /** Tries again to remove what could not be removed. */
  void deleteAgain() {
    List<Long> again = List.copyOf(undeleted);
    undeleted.removeAll(again);
    again.forEach(this::delete);
  }
}
