package io.rivulet.cluster.node;

import com.google.common.util.concurrent.MoreExecutors;
import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.CheckpointRegister;
import io.rivulet.cluster.checkpoint.CheckpointStore;
import io.rivulet.cluster.ledger.LedgerLog;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.ownership.ShardHost;
import io.rivulet.cluster.routing.RoutedEngine;
import io.rivulet.cluster.shard.ImportMark;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.cluster.status.ShardReport;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotBounds;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardEngine;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.ShardThread;
import io.rivulet.engine.shard.ShardThreads;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: concurrent maps; each shard is opened and closed by one thread at a time.
 * The shards that this node serves: log, checkpoints, index and engine of each, put together.
 *
 * <p>A shard ends in one of two ways. In order: nothing new is taken, what was taken is finished,
 * the log is closed and its record says that nobody owns the shard. Or because its log has failed,
 * as it does when another node has fenced it: then nothing of it is answered any more.
 */
final class LocalShards implements ShardHost, AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(LocalShards.class);

  private static final int READERS = 4;
  private static final int INDEX_WRITERS = 2;

  /** So long may a shard take to stop; what is not in its index then is replayed elsewhere. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(8);

  /** A shard that is not ready by then moves all the same. */
  private static final Duration MOST_WARMING = Duration.ofSeconds(30);

  private static final CompletableFuture<Void> NOTHING_OPEN =
      CompletableFuture.completedFuture(null);

  /** Hears what shards have to say. */
  interface News {
    void ready(int shard, String group, String topic, String clientId);

    void unsubscribed(String clientId, String group, String topic, String liteTopic);

    void unreadLost(String group, String topic, long count);

    void limitsWanted(int shard, long delayMillis);

    void outgoing(int shard);

    void subscriptionNews(int shard);

    /** A shard has begun or ceased to be served here. */
    void changed();
  }

  /** Immutable. What all shards of the node are made of. */
  record Ground(
      String node,
      int shards,
      EngineConfig engine,
      LedgerLogConfig log,
      Surroundings around,
      MetadataStore metadata,
      CheckpointGround checkpoints,
      Preparations preparations,
      IndexHome indexes,
      Clock clock) {}

  private final Ground ground;
  private final Supplier<News> told;
  private final EngineConfig config;
  private final WarmShards warm;
  private final Map<Integer, Part> parts = new ConcurrentHashMap<>();
  private final Map<Integer, Engine> serving = new ConcurrentHashMap<>();
  private final CheckpointTotals checkpointTotals = new CheckpointTotals();
  private final LongAdder fencedLogs = new LongAdder();
  private final LongAdder failedLogs = new LongAdder();
  private final ExecutorService openers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rivulet-shard-opener").factory());
  private final ExecutorService readers = ShardThread.pool("rivulet-reader", READERS);
  private final ExecutorService replies = ShardThread.pool("rivulet-reply", 1);
  private final ExecutorService indexWriters = ShardThread.pool("rivulet-index", INDEX_WRITERS);

  LocalShards(Ground ground, Supplier<News> told) {
    this.ground = ground;
    this.told = told;
    // Topics are made in all shards at once, or in none: the router does it.
    EngineConfig.Builder builder = RoutedEngine.ofShard(ground.engine, ground.shards).toBuilder();
    if (ground.engine.snapshots().equals(SnapshotBounds.none())) {
      builder.snapshots(SnapshotBounds.replicated());
    }
    config = builder.build();
    warm =
        new WarmShards(
            config,
            ground.shards,
            ground.around,
            ground.preparations,
            ground.indexes,
            ground.clock,
            openers);
  }

  /** Those that are served here just now, by number. */
  Map<Integer, Engine> serving() {
    return serving;
  }

  /** Copies that the newest entries of each shard have. */
  Map<Integer, Integer> copies() {
    Map<Integer, Integer> copies = new TreeMap<>();
    parts.forEach((shard, part) -> {
      LedgerLog log = part.log;
      if (log != null) {
        copies.put(shard, log.copies());
      }
    });
    return copies;
  }

  /** The shards that are served here, as they are now. */
  List<ShardReport> reports() {
    return serving.keySet().stream()
        .sorted()
        .map(parts::get)
        .filter(Objects::nonNull)
        .flatMap(part -> part.report().stream())
        .toList();
  }

  /** What was done for checkpoints here. */
  ClusterFigures.StoredCheckpoints storedCheckpoints() {
    return checkpointTotals.all();
  }

  /** Logs that ended since another node had taken the shard over. */
  long fencedLogs() {
    return fencedLogs.sum();
  }

  /** Logs, or indexes, that ended for another reason. */
  long failedLogs() {
    return failedLogs.sum();
  }

  /**
   * Has checkpoints stored anew of which too few storage nodes may hold something; a shard in which
   * nothing changes would make none. Called again and again.
   */
  void renewCheckpoints() {
    parts.values().forEach(Part::renewCheckpoint);
  }

  /** In which epochs they are served. */
  Map<Integer, Long> epochs() {
    Map<Integer, Long> epochs = new TreeMap<>();
    parts.forEach((shard, part) -> {
      if (serving.containsKey(shard)) {
        epochs.put(shard, part.epoch());
      }
    });
    return epochs;
  }

  /**
   * Another node serves shards in these epochs: those that are served here in an earlier one are
   * let go. Their logs are fenced, but that is noticed by appends only, and reads would go on.
   */
  void servedElsewhere(Map<Integer, Long> epochs) {
    epochs.forEach((shard, epoch) -> {
      Part part = parts.get(shard);
      if (part != null && serving.containsKey(shard) && part.epoch() < epoch) {
        part.failed(
            new IllegalStateException(
                "another node serves it in epoch %d; here it is %d"
                    .formatted(epoch, part.epoch())));
      }
    });
  }

  // ---- the port

  @Override
  public CompletableFuture<Long> open(int shard, Consumer<String> ended) {
    AtomicReference<@Nullable Part> made = new AtomicReference<>();
    parts.compute(
        shard,
        (_, there) -> {
          if (there != null && !there.isEnding()) {
            return there;
          }
          // Two of them would write to one index.
          Part next = new Part(shard, ended, there == null ? NOTHING_OPEN : there.over);
          made.set(next);
          return next;
        });
    Part part = made.get();
    if (part == null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("shard " + shard + " has not ended here yet"));
    }
    var _ = part.before.thenRunAsync(part::open, openers);
    return part.opened;
  }

  @Override
  public CompletableFuture<Void> close(int shard) {
    Part part = parts.get(shard);
    if (part == null) {
      return CompletableFuture.completedFuture(null);
    }
    part.isWanted = false;
    part.stopTaking();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    openers.execute(() -> {
      try {
        part.close(() -> closed.complete(null));
      } finally {
        // Whatever it was: a claim that is held for a shard that nobody serves is worse.
        closed.complete(null);
      }
    });
    return closed;
  }

  @Override
  public CompletableFuture<Void> prepare(int shard) {
    return ground.preparations.prepare(shard);
  }

  @Override
  public CompletableFuture<Void> warm(int shard) {
    if (parts.containsKey(shard)) {
      // One that has not ended here yet has the index open, and may itself wait for a warm one.
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> done = warm.begin(shard).copy();
    ground.around.timer().after(MOST_WARMING, () -> done.complete(null));
    return done;
  }

  @Override
  public void forget(int shard) {
    warm.forget(shard);
    ground.preparations.forget(shard);
  }

  @Override
  public long load(int shard) {
    Part part = parts.get(shard);
    return part == null ? 0 : part.load();
  }

  /** Lets everything go in order, all shards at the same time. */
  @Override
  public void close() {
    CompletableFuture.allOf(
            parts.keySet().stream().map(this::close).toArray(CompletableFuture[]::new))
        .join();
    warm.forgetAll();
    openers.close();
    for (ExecutorService pool : new ExecutorService[] {indexWriters, readers, replies}) {
      pool.close();
    }
  }

  /**
   * Opened and closed by one thread at a time, under its own lock; the rest is volatile. One shard
   * from its opening to its end.
   */
  private final class Part extends ShardNews {
    private final int number;
    private final Consumer<String> ended;
    private final CompletableFuture<Long> opened = new CompletableFuture<>();
    private volatile boolean isWanted = true;
    private volatile @Nullable LedgerLog log;
    private volatile @Nullable CheckpointStore checkpoints;
    private @Nullable Index index;
    private volatile @Nullable RunningShard shard;
    private volatile @Nullable ServedShard served;
    private volatile boolean hasFailed;

    /** Completes when the one before it here has closed its index. */
    private final CompletableFuture<Void> before;

    /** The same of this one, and of those before it. */
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    private boolean isReleased;
    private final LoadMeter loadMeter = new LoadMeter(ground.clock);

    Part(int number, Consumer<String> ended, CompletableFuture<Void> before) {
      super(number, told);
      this.number = number;
      this.ended = ended;
      this.before = before;
    }

    // ---- opening

    synchronized void open() {
      Phases phases = new Phases(ground.clock);
      try {
        checkWanted(); // it may have been closed while it waited
        long epoch = assemble(phases);
        checkWanted();
        logger.info("Shard {} is served here now, epoch {}; it took {}", number, epoch, phases);
        opened.complete(epoch);
        told.get().changed();
      } catch (Throwable e) {
        // Also for want of memory or threads: until this is said, the shard's claim is held.
        Throwable cause =
            e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
        logger.info("Shard {} could not be taken over: {}", number, cause.toString());
        try {
          release(false, () -> {});
          warm.forget(number);
        } finally {
          opened.completeExceptionally(cause);
        }
      }
    }

    private void checkWanted() {
      if (!isWanted || hasFailed) {
        throw new CancellationException("it is not wanted any more");
      }
    }

    private long assemble(Phases phases) throws IOException {
      LedgerLog ownLog =
          LedgerLog.open(ground.log, ground.around, shardRecord(), ground.node).join();
      log = ownLog;
      phases.done("log");
      if (!ImportMark.isServingAllowed(ground.metadata).join()) {
        throw new IOException(ImportMark.refusal());
      }
      long epoch = ownLog.owned().current().epoch();
      CheckpointStore store =
          CheckpointStore.open(
              ground.checkpoints, number, epoch, CheckpointRegister.in(ownLog.owned()));
      checkpoints = store;
      checkpointTotals.opened(store);
      phases.done("checkpoints");
      Index ownIndex = warm.index(ownLog.owned().current(), ownLog, store);
      index = ownIndex;
      phases.done("index");
      RunningShard running =
          ShardEngine.open(
              config,
              ownLog,
              ownIndex,
              ground.clock,
              this,
              new ShardThreads(readers, replies, MoreExecutors.newSequentialExecutor(indexWriters)),
              new ShardNumber(number, ground.shards));
      phases.done("replay");
      shard = running;
      ServedShard guard = new ServedShard(number, running);
      served = guard;
      if (isWanted) {
        serving.put(number, guard.engine());
      }
      return epoch;
    }

    private ShardRecords.Versioned shardRecord() throws IOException {
      Optional<ShardRecords.Versioned> found = ground.preparations.read(number).join();
      if (found.isEmpty()) {
        ShardRecord made = ShardRecord.made(number, ground.clock.wallMillis());
        var _ = ground.around.records().put(made, MetadataStore.ABSENT).join();
        found = ground.preparations.read(number).join();
      }
      return found.orElseThrow(() -> new IOException("shard " + number + " has no record"));
    }

    // ---- ending

    void stopTaking() {
      ServedShard guard = served;
      if (guard != null) {
        guard.close();
      }
      serving.remove(number);
      told.get().changed();
    }

    /** Whether it will be over without anybody asking for that once more. */
    boolean isEnding() {
      return !isWanted || hasFailed;
    }

    /**
     * Ends it in order.
     *
     * @param letGo is run once another node may go on with the shard
     */
    synchronized void close(Runnable letGo) {
      stopTaking();
      release(true, letGo);
    }

    /**
     * Closes whatever has been opened; the log, in order or as it is, before the index: another
     * node waits for it, for the index none does.
     */
    private void release(boolean inOrder, Runnable letGo) {
      if (isReleased) {
        return;
      }
      isReleased = true;
      Phases phases = new Phases(ground.clock);
      serving.remove(number);
      RunningShard running = shard;
      boolean isOrderly = inOrder && !hasFailed;
      // Whatever goes wrong with one of them, the others are closed.
      try {
        endServing(running);
        phases.done("shard");
      } finally {
        try {
          closeLog(isOrderly);
          phases.done("log");
          letGo.run();
        } finally {
          try {
            closeIndex(running);
            phases.done("index");
          } finally {
            var _ = before.whenComplete((_, _) -> ended());
          }
        }
      }
      if (isOrderly && running != null) {
        logger.info("Shard {} was let go; it took {}", number, phases);
      }
    }

    private void ended() {
      parts.remove(number, this);
      over.complete(null);
    }

    private void endServing(@Nullable RunningShard running) {
      if (running != null) {
        stop(running);
      }
      ServedShard guard = served;
      if (guard != null) {
        guard.endAfter(replies);
      }
      CheckpointStore store = checkpoints;
      if (store != null) {
        store.close();
        checkpointTotals.closed(store);
      }
    }

    private void closeLog(boolean isOrderly) {
      LedgerLog ownLog = log;
      if (ownLog != null && isOrderly) {
        ownLog.close();
      } else if (ownLog != null) {
        ownLog.abandon();
      }
    }

    private void closeIndex(@Nullable RunningShard running) {
      if (running != null) {
        running.close();
      }
      Index ownIndex = index;
      if (ownIndex != null) {
        ownIndex.close();
      }
    }

    /** A shard that stops waits for its log, which may wait for storage nodes for ever. */
    private void stop(RunningShard running) {
      AtomicBoolean hasStopped = new AtomicBoolean();
      LedgerLog ownLog = log;
      if (ownLog != null) {
        ground
            .around
            .timer()
            .after(
                STOP_LIMIT,
                () -> {
                  if (!hasStopped.get()) {
                    logger.warn("Shard {} does not stop: its log is let go as it is", number);
                    ownLog.abandon();
                  }
                });
      }
      try {
        running.letGo().join();
      } finally {
        hasStopped.set(true);
      }
    }

    private synchronized void fail(Throwable cause) {
      boolean wasOpen = opened.isDone() && !opened.isCompletedExceptionally() && !isReleased;
      try {
        release(false, () -> {});
        told.get().changed();
      } finally {
        if (wasOpen && isWanted) {
          ended.accept(String.valueOf(cause.getMessage()));
        }
      }
    }

    long epoch() {
      LedgerLog ownLog = log;
      return ownLog == null ? 0 : ownLog.owned().current().epoch();
    }

    long load() {
      RunningShard running = shard;
      return running == null ? 0 : loadMeter.perSecond(running.stats());
    }

    void renewCheckpoint() {
      RunningShard running = shard;
      CheckpointStore store = checkpoints;
      if (running != null && store != null && store.isRenewalDue()) {
        running.wantSnapshot();
      }
    }

    Optional<ShardReport> report() {
      LedgerLog ownLog = log;
      CheckpointStore store = checkpoints;
      return ownLog == null || store == null
          ? Optional.empty()
          : Optional.of(ShardReports.of(number, ownLog, store, ground.clock));
    }

    // ---- what the shard says

    @Override
    public void failed(Throwable cause) {
      hasFailed = true;
      (LedgerLog.wasFenced(cause) ? fencedLogs : failedLogs).increment();
      ServedShard guard = served;
      if (guard != null) {
        guard.endAfter(replies);
      }
      serving.remove(number);
      openers.execute(() -> fail(cause));
    }
  }
}
