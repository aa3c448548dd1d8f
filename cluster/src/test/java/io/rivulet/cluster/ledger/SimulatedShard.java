package io.rivulet.cluster.ledger;

import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.shard.PlainStore;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/** Owned by the thread of the test. One shard and all that its logs need, in simulated time. */
final class SimulatedShard {
  static final int SHARD = 5;

  private final SimulatedTime time = new SimulatedTime();
  private final MemoryLedgers cloud;
  private final PlainStore store = new PlainStore(time);
  private final ShardRecords records = new ShardRecords(store);

  SimulatedShard(long seed) {
    cloud = new MemoryLedgers(time, new SplittableRandom(seed));
    get(records.put(ShardRecord.made(SHARD, time.clock().wallMillis()), MetadataStore.ABSENT));
  }

  SimulatedTime time() {
    return time;
  }

  MemoryLedgers cloud() {
    return cloud;
  }

  PlainStore store() {
    return store;
  }

  /** What a node's logs need, if it sees the ledgers so. */
  Surroundings around(MemoryLedgerNode node) {
    return new Surroundings(
        node,
        records,
        time,
        time.clock(),
        new Semaphore(1),
        future -> {
          while (!future.isDone() && time.step()) {}
        });
  }

  /** A node takes the shard over. */
  LedgerLog open(MemoryLedgerNode node, LedgerLogConfig config) {
    return get(opening(node, config));
  }

  CompletableFuture<LedgerLog> opening(MemoryLedgerNode node, LedgerLogConfig config) {
    return LedgerLog.open(config, around(node), found(), node.name());
  }

  /** The same while answers of the store may be lost. */
  CompletableFuture<LedgerLog> tryOpening(MemoryLedgerNode node, LedgerLogConfig config) {
    return records
        .read(SHARD)
        .thenCompose(
            found -> LedgerLog.open(config, around(node), found.orElseThrow(), node.name()));
  }

  /** The shard's record as it is stored. */
  ShardRecord stored() {
    return found().shardRecord();
  }

  ShardRecords.Versioned found() {
    return get(records.read(SHARD)).orElseThrow();
  }

  <T> T get(CompletableFuture<T> future) {
    return time.until(future).join();
  }

  void waitUntil(BooleanSupplier holds) {
    long end = time.clock().nanos() + Duration.ofMinutes(1).toNanos();
    while (!holds.getAsBoolean()) {
      if (!time.step() || time.clock().nanos() > end) {
        throw new AssertionError("it did not come about within a minute");
      }
    }
  }
}
