package io.rivulet.cluster.transfer;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.FileSums;
import io.rivulet.cluster.checkpoint.Pace;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.ledger.BookKeeperConfig;
import io.rivulet.cluster.ledger.BookKeeperLedgers;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.ZooKeeperConfig;
import io.rivulet.cluster.metadata.ZooKeeperStore;
import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.cluster.node.IndexHome;
import io.rivulet.cluster.ownership.ClusterFacts;
import io.rivulet.cluster.ownership.ClusterRecord;
import io.rivulet.cluster.shard.ImportMark;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Owned by one thread. A cluster whose storage runs and whose shards nobody serves, as a program
 * sees it that takes data in or out.
 *
 * <p>That nobody serves is looked at first, for people's sake; safety rests on what it always does:
 * who takes a shard over fences whoever had it.
 */
public final class OfflineCluster implements AutoCloseable {
  private static final Duration ANSWER_TIME = Duration.ofMinutes(1);

  private static final Duration PAUSE = Duration.ofMillis(300);

  /** Old data has its time in it: a ledger for each hour would be too many. */
  private static final Duration ROLL_AGE = Duration.ofHours(12);

  /** Positions of a shard's log are multiples of this where a batch begins. */
  private static final long ENTRY = 1L << 21;

  private final OfflineGround ground;
  private final StoreTime storeTime;
  private final Deque<Runnable> undos = new ArrayDeque<>();

  /** A cluster that can be reached; its logs go by this time. */
  OfflineCluster(OfflineGround ground, StoreTime storeTime) {
    this.ground = ground;
    this.storeTime = storeTime;
  }

  /**
   * Connects to storage and metadata of a cluster.
   *
   * @param folder for indexes and what else is needed meanwhile; if it is lost it is made anew
   * @throws IOException if they can't be reached, saying what to do
   */
  public static OfflineCluster connect(
      ClusterConfig config, Path folder, IndexHome indexes, Clock clock) throws IOException {
    ScheduledExecutorService timers =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("rivulet-cluster-timer").daemon().factory());
    ExecutorService background =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rivulet-transfer").factory());
    Timer timer =
        (delay, task) -> {
          var _ = timers.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        };
    ZooKeeperStore store =
        new ZooKeeperStore(new ZooKeeperConfig(config.connectString(), config.sessionTimeout()));
    try {
      awaitQuorum(store, timer, clock);
    } catch (IOException e) {
      store.close();
      timers.shutdownNow();
      background.shutdownNow();
      throw new IOException(
          "the metadata of the cluster (%s) does not answer: start most of its nodes with --roles storage"
              .formatted(config.connectString()),
          e);
    }
    LedgerStore ledgers =
        BookKeeperLedgers.open(
            new BookKeeperConfig(
                config.connectString(),
                config.sessionTimeout(),
                Duration.ofSeconds(5),
                config.tuning().storage().minFreeBytes()),
            timer);
    OfflineCluster cluster =
        over(
            new Parts(config.self().name(), store, ledgers, timer, clock),
            folder,
            indexes,
            background);
    cluster.undos.push(() -> {
      timers.shutdownNow();
      background.shutdownNow();
    });
    cluster.undos.push(store::close);
    cluster.undos.push(ledgers::close);
    return cluster;
  }

  /** A connection takes its time, and who has just been started takes more. */
  private static void awaitQuorum(MetadataStore store, Timer timer, Clock clock)
      throws IOException {
    Patience patience = Patience.upTo(ANSWER_TIME);
    long startNanos = clock.nanos();
    while (true) {
      try {
        var _ = patience.await(store.get("/rivulet"));
        return;
      } catch (IOException e) {
        if (clock.nanos() - startNanos > ANSWER_TIME.toNanos()) {
          throw e;
        }
        CompletableFuture<Void> over = new CompletableFuture<>();
        timer.after(PAUSE, () -> over.complete(null));
        var _ = patience.await(over);
      }
    }
  }

  /** What a cluster is reached by. */
  record Parts(String name, MetadataStore store, LedgerStore ledgers, Timer timer, Clock clock) {}

  static OfflineCluster over(
      Parts parts, Path folder, IndexHome indexes, ExecutorService background) {
    StoreTime storeTime = new StoreTime(parts.clock);
    CheckpointConfig usual = CheckpointConfig.defaults();
    CheckpointConfig checkpoints =
        new CheckpointConfig(
            usual.entryBytes(),
            usual.entriesInFlight(),
            1L << 30,
            usual.maxShardBytes(),
            usual.renewBytes(),
            usual.verifyInterval(),
            usual.answerTime());
    CheckpointGround ground =
        new CheckpointGround(
            checkpoints,
            parts.ledgers,
            new FileSums(),
            new Pace(checkpoints.bytesPerSecond(), parts.clock, parts.timer),
            Patience.upTo(checkpoints.answerTime()),
            parts.clock,
            background);
    Standbys standbys =
        new Standbys(ground, folder.resolve("standby"), indexes::folders, parts.timer);
    OfflineCluster cluster =
        new OfflineCluster(
            new OfflineGround(
                parts.name,
                parts.store,
                LedgerLogConfig.defaults().withRollAge(ROLL_AGE).withHotBytes(0),
                new Surroundings(
                    parts.ledgers, new ShardRecords(parts.store), parts.timer, storeTime),
                ground,
                standbys,
                indexes,
                Patience.upTo(ANSWER_TIME),
                parts.clock),
            storeTime);
    cluster.undos.push(standbys::close);
    return cluster;
  }

  /** What logs take for the time of day. */
  public StoreTime storeTime() {
    return storeTime;
  }

  // ---- taking data in

  /**
   * Begins to take data into a cluster that has none, or goes on with it.
   *
   * @param source what tells the data from other data
   * @param after positions are greater than this one, so that ids are new
   * @param shards of a cluster that was never started
   * @throws IOException if the cluster is served, or has data of its own
   */
  public OfflineShards beginImport(String source, long after, int shards, EngineConfig config)
      throws IOException {
    checkNobodyServes();
    MetadataStore store = ground.metadata();
    Optional<ImportMark.Versioned> present = ground.patience().await(ImportMark.read(store));
    if (present.isPresent() && present.get().mark().isDone()) {
      throw new IOException("data was taken into this cluster already: take it into a new one");
    }
    if (present.isPresent() && !present.get().mark().source().equals(source)) {
      throw new IOException(
          "other data is being taken into this cluster (%s), and this is %s: go on with that, or take this into a new cluster"
              .formatted(present.get().mark().source(), source));
    }
    ClusterRecord cluster =
        ground.patience().await(new ClusterFacts(store).made(shards, ground.clock()));
    long first = (after / ENTRY + 1) * ENTRY;
    if (present.isEmpty()) {
      checkIsEmpty(cluster.shards());
      ImportMark mark = new ImportMark(source, first, ground.clock().wallMillis(), false);
      if (ground.patience().await(mark.put(store, MetadataStore.ABSENT)).isEmpty()) {
        throw new IOException("somebody else takes data into this cluster just now");
      }
      checkNobodyServes();
    }
    long begins = present.map(each -> each.mark().firstPosition()).orElse(first);
    for (int shard = 0; shard < cluster.shards(); shard++) {
      prepare(shard, begins);
    }
    return OfflineShards.open(ground, config, cluster.shards(), true);
  }

  private void checkNobodyServes() throws IOException {
    List<String> computing =
        ground.patience().await(new ClusterFacts(ground.metadata()).computingNodes());
    if (!computing.isEmpty()) {
      throw new IOException(
          "the cluster serves (node %s): stop its nodes, and start them with --roles storage"
              .formatted(String.join(", ", computing)));
    }
  }

  private void checkIsEmpty(int shards) throws IOException {
    for (int shard = 0; shard < shards; shard++) {
      Optional<ShardRecords.Versioned> found =
          ground.patience().await(ground.around().records().read(shard));
      if (found.isPresent() && found.get().shardRecord().epoch() > 0) {
        throw new IOException(
            "the cluster is not new: its shard %d was served before. Data is taken into one that never computed: start its nodes with --roles storage from the beginning"
                .formatted(shard));
      }
    }
  }

  /** The log of a shard begins at a position that no log had before. */
  private void prepare(int shard, long firstPosition) throws IOException {
    ShardRecords records = ground.around().records();
    Optional<ShardRecords.Versioned> found = ground.patience().await(records.read(shard));
    if (found.isEmpty() || found.get().shardRecord().epoch() == 0) {
      ShardRecord made =
          ShardRecord.made(shard, ground.clock().wallMillis()).withHead(firstPosition);
      long version = found.map(ShardRecords.Versioned::version).orElse(MetadataStore.ABSENT);
      if (ground.patience().await(records.put(made, version)).isEmpty()) {
        throw new IOException("shard " + shard + " was changed by somebody else");
      }
    }
  }

  /** All is there and was found to be the same: nodes may serve it. */
  public void endImport() throws IOException {
    ImportMark.Versioned present =
        ground
            .patience()
            .await(ImportMark.read(ground.metadata()))
            .orElseThrow(() -> new IOException("the mark of the import is gone"));
    boolean isStored =
        ground
            .patience()
            .await(present.mark().done().put(ground.metadata(), present.version()))
            .isPresent();
    if (!isStored) {
      throw new IOException("the mark of the import was changed by somebody else");
    }
  }

  // ---- taking data out

  /** Which cluster it is. */
  public ClusterRecord facts() throws IOException {
    return ground
        .patience()
        .await(new ClusterFacts(ground.metadata()).cluster())
        .orElseThrow(() -> new IOException("there is no cluster yet: nothing was ever started"));
  }

  /**
   * Opens all shards to be read.
   *
   * @throws IOException if the cluster is served
   */
  public OfflineShards openToRead(EngineConfig config) throws IOException {
    checkNobodyServes();
    if (!ground.patience().await(ImportMark.isServingAllowed(ground.metadata()))) {
      throw new IOException(ImportMark.refusal());
    }
    int shards = facts().shards();
    for (int shard = 0; shard < shards; shard++) {
      prepare(shard, 0);
    }
    return OfflineShards.open(ground, config, shards, false);
  }

  @Override
  public void close() {
    while (!undos.isEmpty()) {
      undos.pop().run();
    }
  }
}
