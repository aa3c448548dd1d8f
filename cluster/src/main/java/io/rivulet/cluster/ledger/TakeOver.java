package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerStore.Writer;
import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.log.CorruptLogException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Owned by whoever completes its steps, one after the other. Makes this node the owner of a shard's
 * log. Every step may be its last: ledgers that were recovered are found to be so by the next one
 * who tries, and a ledger that was made and never named is an orphan.
 */
final class TakeOver {
  /** What there is of the log, and the position after its last byte. */
  private record Ended(List<ShardRecord.Ledger> ledgers, long end) {}

  private record Opening(OwnedRecord owned, Ended ended, Writer writer) {}

  private final LedgerLogConfig config;
  private final Surroundings around;
  private final ShardRecords.Versioned found;
  private final String owner;

  TakeOver(
      LedgerLogConfig config, Surroundings around, ShardRecords.Versioned found, String owner) {
    this.config = config;
    this.around = around;
    this.found = found;
    this.owner = owner;
  }

  CompletableFuture<LedgerLog> log() {
    ShardRecord before = found.shardRecord();
    // At the same time: neither needs the other, and only the record decides.
    CompletableFuture<Writer> made =
        ShardLedgers.create(around, before.shard(), before.epoch() + 1);
    CompletableFuture<Opening> opening =
        ended(before)
            .thenCompose(this::withEnd)
            .thenCompose(end -> made.thenCompose(writer -> named(end, writer)));
    var _ =
        opening.whenComplete((_, failure) -> {
          // It is not named by the record, and never will be.
          if (failure != null) {
            var _ = made.thenCompose(writer -> around.ledgers().delete(writer.id()));
          }
        });
    return opening.thenApply(this::opened);
  }

  /** What the log is made of so far, all of it ended, without what is empty. */
  private CompletableFuture<List<ShardRecord.Ledger>> ended(ShardRecord before) {
    CompletableFuture<List<ShardRecord.Ledger>> done =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (ShardRecord.Ledger ledger : before.ledgers()) {
      done =
          done.thenCompose(earlier ->
              ledger.isOpen()
                  ? recovered(ledger, earlier)
                  : CompletableFuture.completedFuture(with(earlier, ledger)));
    }
    return done;
  }

  /** Fences a ledger; it follows where those before it end. */
  private CompletableFuture<List<ShardRecord.Ledger>> recovered(
      ShardRecord.Ledger ledger, List<ShardRecord.Ledger> earlier) {
    long base = endOf(earlier);
    return around
        .ledgers()
        .recover(ledger.id())
        .thenCompose(reader -> {
          long count = reader.lastEntry() + 1;
          reader.close();
          if (count > 0 && ledger.base() != ShardRecord.UNKNOWN && ledger.base() != base) {
            return CompletableFuture.failedFuture(
                new CorruptLogException(
                    "ledger %d of shard %d begins at position %d; what precedes it ends at %d"
                        .formatted(ledger.id(), found.shardRecord().shard(), ledger.base(), base)));
          }
          return CompletableFuture.completedFuture(
              with(
                  earlier,
                  new ShardRecord.Ledger(
                      ledger.id(), base, lastMillis(earlier), reader.sizeBytes(), count, true)));
        });
  }

  /** Nobody knows when its last entry was appended, but that it was before now. */
  private long lastMillis(List<ShardRecord.Ledger> earlier) {
    long before = earlier.isEmpty() ? 0 : earlier.getLast().lastAppendMillis();
    return Math.max(before, around.clock().wallMillis());
  }

  private static List<ShardRecord.Ledger> with(
      List<ShardRecord.Ledger> earlier, ShardRecord.Ledger ledger) {
    if (ledger.entries() > 0) {
      earlier.add(ledger);
    }
    return earlier;
  }

  private long endOf(List<ShardRecord.Ledger> ledgers) {
    if (ledgers.isEmpty()) {
      return found.shardRecord().head();
    }
    ShardRecord.Ledger last = ledgers.getLast();
    return last.base() + Positions.of(last.entries());
  }

  /** The compare-and-set that makes this node the owner. */
  private CompletableFuture<Opening> named(Ended ended, Writer writer) {
    List<ShardRecord.Ledger> all = new ArrayList<>(ended.ledgers);
    all.add(ShardRecord.Ledger.open(writer.id(), endOf(ended.ledgers)));
    OwnedRecord owned = new OwnedRecord(around.records(), around.timer(), found);
    return owned
        .change(before -> before.takenOver(owner, all).withHead(all.getFirst().base()))
        .thenApply(_ -> new Opening(owned, ended, writer));
  }

  private void deleteEmpty(List<ShardRecord.Ledger> named) {
    List<Long> ids = named.stream().map(ShardRecord.Ledger::id).toList();
    for (ShardRecord.Ledger ledger : found.shardRecord().ledgers()) {
      if (!ids.contains(ledger.id())) {
        var _ = around.ledgers().delete(ledger.id());
      }
    }
  }

  private LedgerLog opened(Opening opening) {
    deleteEmpty(opening.owned.current().ledgers());
    List<ShardRecord.Ledger> ended = opening.ended.ledgers;
    List<LogPart> parts = new ArrayList<>();
    ended.forEach(ledger -> parts.add(new LogPart(ledger)));
    long lastMillis = ended.isEmpty() ? 0 : ended.getLast().lastAppendMillis();
    Writer writer = opening.writer;
    parts.add(new LogPart(writer.id(), Positions.indexOf(endOf(ended)), lastMillis));
    return new LedgerLog(config, around, opening.owned, parts, writer, opening.ended.end);
  }

  /** Where exactly the log ends: the size of its last entry says it. */
  private CompletableFuture<Ended> withEnd(List<ShardRecord.Ledger> ended) {
    long afterLast = endOf(ended);
    if (ended.isEmpty()) {
      return CompletableFuture.completedFuture(new Ended(ended, afterLast));
    }
    ShardRecord.Ledger last = ended.getLast();
    long entry = last.entries() - 1;
    return around
        .ledgers()
        .open(last.id())
        .thenCompose(reader ->
            reader
                .read(entry, entry)
                .whenComplete((_, _) -> reader.close())
                .thenApply(read ->
                    new Ended(ended, afterLast - Positions.of(1) + read.getFirst().remaining())));
  }
}
