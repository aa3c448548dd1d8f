package io.rivulet.cluster.transfer;

import io.rivulet.cluster.checkpoint.CheckpointRegister;
import io.rivulet.cluster.checkpoint.CheckpointStore;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.ledger.LedgerLog;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.ShardNumber;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Owned by one thread. All shards of a cluster, taken over by a program that reads or fills them
 * and serves nothing.
 */
public final class OfflineShards implements AutoCloseable {
  /** A checkpoint of a large index takes its time. */
  private static final Duration MOST = Duration.ofHours(6);

  /**
   * Safe for all threads: a volatile future. Hands snapshots on, and knows when they are stored.
   */
  private static final class Keeper implements SnapshotKeeper {
    private final CheckpointStore store;
    private volatile CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

    Keeper(CheckpointStore store) {
      this.store = store;
    }

    @Override
    public CompletableFuture<Void> keep(SnapshotFiles snapshot) {
      last = store.keep(snapshot);
      return last;
    }

    @Override
    public long oldestPosition() {
      return store.oldestPosition();
    }

    @Override
    public long newestPosition() {
      return store.newestPosition();
    }
  }

  /** What is open of one shard. */
  private record Part(
      LedgerLog log, CheckpointStore store, Keeper keeper, Index index, OfflineShard shard) {}

  private final OfflineGround ground;
  private final List<Part> parts = new ArrayList<>();

  private OfflineShards(OfflineGround ground) {
    this.ground = ground;
  }

  /**
   * Takes all shards over, one after the other.
   *
   * @param config of the engine that has served them, or will
   * @param isNew nothing was ever trimmed from their logs
   */
  static OfflineShards open(OfflineGround ground, EngineConfig config, int count, boolean isNew)
      throws IOException {
    OfflineShards shards = new OfflineShards(ground);
    try {
      for (int number = 0; number < count; number++) {
        shards.open(number, config, count, isNew);
      }
      return shards;
    } catch (IOException | RuntimeException e) {
      shards.abandon();
      throw e;
    }
  }

  private void open(int number, EngineConfig config, int count, boolean isNew) throws IOException {
    Patience patience = ground.patience();
    ShardRecords.Versioned found =
        patience
            .await(ground.around().records().read(number))
            .orElseThrow(() -> new IOException("shard " + number + " has no record"));
    LedgerLog log =
        patience.await(LedgerLog.open(ground.log(), ground.around(), found, ground.name()));
    try {
      CheckpointStore store =
          CheckpointStore.open(
              ground.checkpoints(),
              number,
              log.owned().current().epoch(),
              CheckpointRegister.in(log.owned()));
      Keeper keeper = new Keeper(store);
      Optional<SnapshotFiles> beginning =
          patience.await(
              ground
                  .standbys()
                  .take(log.owned().current(), ground.indexes().knownPosition(number)));
      Index index = ground.indexes().open(number, log.end(), keeper, beginning);
      ground.standbys().unfollow(number);
      OfflineShard shard =
          OfflineShard.open(
              "shard " + number,
              config,
              log,
              index,
              ground.clock(),
              new ShardNumber(number, count),
              isNew);
      parts.add(new Part(log, store, keeper, index, shard));
    } catch (IOException | RuntimeException e) {
      log.abandon();
      throw e;
    }
  }

  /** All of them, in their order. */
  public List<OfflineShard> all() {
    return parts.stream().map(Part::shard).toList();
  }

  /** Stores a checkpoint of each, so that whoever serves it begins with that. */
  public void storeCheckpoints() throws IOException {
    for (Part part : parts) {
      part.shard.snapshot();
    }
    for (Part part : parts) {
      Patience.upTo(MOST).await(part.keeper.last);
    }
  }

  /** Lets all shards go as they are. */
  void abandon() {
    for (Part part : parts) {
      part.store.close();
      part.index.close();
      part.log.abandon();
    }
    parts.clear();
  }

  /** Lets all shards go in order. */
  @Override
  public void close() {
    for (Part part : parts) {
      part.store.close();
      part.index.close();
      part.log.close();
    }
    parts.clear();
  }
}
