package io.rivulet.cluster.node;

import io.rivulet.cluster.ledger.PeekedLog;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: a concurrent map of what is done for each shard, one step after the other.
 * Shards that this node is to get from a living owner: while that one still serves, their indexes
 * are opened here and brought up to date with the log, as far as that is known. Then a shard stands
 * still only for what its log got after that.
 */
final class WarmShards {
  private static final Logger logger = LoggerFactory.getLogger(WarmShards.class);
  private static final CompletableFuture<Optional<Warm>> NOTHING =
      CompletableFuture.completedFuture(Optional.empty());

  /** Immutable. An index that is open before its shard is owned. */
  record Warm(Index index, LateKeeper keeper) {}

  private final EngineConfig config;
  private final int shards;
  private final Surroundings around;
  private final Preparations preparations;
  private final IndexHome indexes;
  private final Clock clock;
  private final Executor threads;

  /** What was begun last for each shard; empty when it is done: nothing is open. */
  private final Map<Integer, CompletableFuture<Optional<Warm>>> last = new ConcurrentHashMap<>();

  /**
   * @param config of the shards
   * @param threads may block
   */
  WarmShards(
      EngineConfig config,
      int shards,
      Surroundings around,
      Preparations preparations,
      IndexHome indexes,
      Clock clock,
      Executor threads) {
    this.config = config;
    this.shards = shards;
    this.around = around;
    this.preparations = preparations;
    this.indexes = indexes;
    this.clock = clock;
    this.threads = threads;
  }

  /**
   * Opens the index of a shard, which nobody else has open here, and replays over it what is in the
   * log; never fails.
   */
  CompletableFuture<Void> begin(int shard) {
    return last.compute(
            shard,
            (_, before) ->
                (before == null ? NOTHING : before)
                    .thenApplyAsync(warm -> warm.isPresent() ? warm : make(shard), threads))
        .thenAccept(_ -> {});
  }

  /** It is not to be taken over after all. */
  void forget(int shard) {
    last.computeIfPresent(
        shard,
        (_, before) ->
            before.thenApplyAsync(
                warm -> {
                  warm.ifPresent(each -> each.index.close());
                  return Optional.empty();
                },
                threads));
  }

  /** Closes what is open, and waits for that. */
  void forgetAll() {
    last.keySet().forEach(this::forget);
    last.values().forEach(CompletableFuture::join);
  }

  /**
   * The index of a shard that this node has taken over now: the one that is open already, if it can
   * go on from there, or another one. Whoever gets it closes it. Blocks.
   *
   * @param taken the shard's record after the take-over
   * @param keeper gets its snapshots
   */
  Index index(ShardRecord taken, CommitLog log, SnapshotKeeper keeper) throws IOException {
    Optional<Warm> warm = take(taken.shard(), log);
    if (warm.isPresent()) {
      warm.get().keeper.become(keeper);
      return warm.get().index;
    }
    return opened(taken, log.end(), keeper);
  }

  private Optional<Warm> take(int shard, CommitLog log) {
    CompletableFuture<Optional<Warm>> begun = last.remove(shard);
    Optional<Warm> warm = begun == null ? Optional.empty() : begun.join();
    if (warm.isPresent() && !fits(warm.get().index.position(), log)) {
      warm.get().index.close();
      return Optional.empty();
    }
    return warm;
  }

  private static boolean fits(long position, CommitLog log) {
    return position >= log.head() && position <= log.end();
  }

  private Optional<Warm> make(int shard) {
    try {
      Optional<ShardRecords.Versioned> found = await(preparations.read(shard));
      if (found.isEmpty()) {
        return Optional.empty();
      }
      Phases phases = new Phases(clock);
      Warm warm = open(found.get().shardRecord(), phases);
      logger.debug("Shard {} could be served here; it took {}", shard, phases);
      return Optional.of(warm);
    } catch (Throwable e) {
      // It is opened all the same when its time comes, only later.
      logger.info("Shard {} could not be made ready in advance: {}", shard, e.toString());
      return Optional.empty();
    }
  }

  private Warm open(ShardRecord found, Phases phases) throws IOException {
    int shard = found.shard();
    LateKeeper keeper = new LateKeeper();
    try (PeekedLog log = PeekedLog.open(around, found)) {
      phases.done("log");
      // What a checkpoint reflects is in the log, though that need not be known here yet.
      Index index = opened(found, Long.MAX_VALUE, keeper);
      phases.done("index");
      boolean isUpToDate = false;
      try {
        if (index.position() < log.end()) {
          OfflineShard.open(
              "shard " + shard, config, log, index, clock, new ShardNumber(shard, shards), false);
        }
        isUpToDate = true;
      } finally {
        if (!isUpToDate) {
          index.close();
        }
      }
      phases.done("replay");
      return new Warm(index, keeper);
    }
  }

  private Index opened(ShardRecord found, long logEnd, SnapshotKeeper keeper) throws IOException {
    int shard = found.shard();
    try {
      Optional<SnapshotFiles> beginning =
          await(preparations.take(found, indexes.knownPosition(shard)));
      return indexes.open(shard, logEnd, keeper, beginning);
    } finally {
      preparations.taken(shard);
    }
  }

  private <T> T await(CompletableFuture<T> future) {
    around.waiting().until(future);
    return future.join();
  }
}
