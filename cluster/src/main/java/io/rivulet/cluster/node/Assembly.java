package io.rivulet.cluster.node;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.FileSums;
import io.rivulet.cluster.checkpoint.Pace;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.forward.CallCounters;
import io.rivulet.cluster.forward.Deadlines;
import io.rivulet.cluster.forward.LinkBudget;
import io.rivulet.cluster.forward.LinkGround;
import io.rivulet.cluster.forward.NodeServer;
import io.rivulet.cluster.ledger.BookKeeperConfig;
import io.rivulet.cluster.ledger.BookKeeperLedgers;
import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.LogCounters;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.cluster.member.MetadataMember;
import io.rivulet.cluster.member.StorageBusyException;
import io.rivulet.cluster.member.StorageConfig;
import io.rivulet.cluster.member.StorageMember;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.ZooKeeperConfig;
import io.rivulet.cluster.metadata.ZooKeeperStore;
import io.rivulet.cluster.ownership.ClusterRecord;
import io.rivulet.cluster.ownership.NodeInfo;
import io.rivulet.cluster.ownership.Ownership;
import io.rivulet.cluster.ownership.OwnershipConfig;
import io.rivulet.cluster.ownership.OwnershipThread;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.routing.RoutedEngine;
import io.rivulet.cluster.shard.ImportMark;
import io.rivulet.cluster.shard.LostDisks;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the thread that starts the node. Puts a node together, in this order: the metadata
 * quorum's member, if this is a founder; the connection to the quorum; storage; ledgers; shards;
 * ownership; calls between nodes.
 */
final class Assembly {
  private static final Logger logger = LoggerFactory.getLogger(Assembly.class);

  private static final Duration QUORUM_LOOK = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration REHEARSAL_TIME = Duration.ofSeconds(5);
  private static final Duration QUORUM_PAUSE = Duration.ofMillis(200);
  private static final int ENVELOPE_BYTES = 4 << 20;

  private final ClusterConfig config;
  private final ClusterTuning tuning;
  private final EngineConfig engineConfig;
  private final Path folder;
  private final Clock clock;
  private final Undos undos;
  private final CompletableFuture<Throwable> memberEnded = new CompletableFuture<>();
  private final NodeView.Counters counters;
  private final ExecutorService background =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rivulet-cluster").factory());
  private final ScheduledExecutorService polls = timer("rivulet-polls");
  private final ScheduledExecutorService timers = timer("rivulet-cluster-timer");

  Assembly(ClusterConfig config, EngineConfig engineConfig, Path folder, Clock clock, Undos undos) {
    this.config = config;
    tuning = config.tuning();
    this.engineConfig = engineConfig;
    this.folder = folder;
    this.clock = clock;
    this.undos = undos;
    counters = new NodeView.Counters(new LogCounters(), linkGround(), linkGround());
    undos.push(() -> {
      polls.shutdownNow();
      timers.shutdownNow();
      background.shutdownNow();
    });
  }

  private static ScheduledExecutorService timer(String name) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name(name).daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  ClusterNode node(
      IndexHome indexes, EngineListener news, Map<String, String> addresses, String version)
      throws IOException {
    startMetadata();
    ZooKeeperStore store =
        new ZooKeeperStore(new ZooKeeperConfig(config.connectString(), config.sessionTimeout()));
    undos.push(store::close);
    awaitQuorum(store);
    checkServingIsAllowed(store);
    @Nullable StorageMember storage = startStorage(store);
    BookKeeperLedgers ledgers = ledgers(store);
    Surroundings around = around(store, ledgers);
    OwnershipThread turns = new OwnershipThread();
    undos.push(turns::close);
    AtomicReference<NodeNews> told = new AtomicReference<>();
    CheckpointGround ground = checkpoints(around);
    Standbys standbys =
        new Standbys(ground, folder.resolve("standby"), indexes::folders, around.timer());
    undos.push(standbys::close);
    LocalShards shards = shards(store, around, ground, standbys, indexes, told);
    undos.push(shards::close);
    Ownership ownership = ownership(store, shards, turns, addresses);
    Links links = new Links(config.self().name(), counters.callsOut(), ownership::gone, background);
    undos.push(links::close);
    Directory directory =
        new Directory(config.self().name(), config.shards(), shards, links, ownership::map);
    RoutedEngine engine =
        new RoutedEngine(
            config.self().name(),
            engineConfig,
            directory,
            clock,
            polls,
            new RoutedEngine.Bounds(
                config.movePatience(), config.maxMovingRequests(), config.maxForks()),
            news);
    told.set(new NodeNews(news, engine, directory));
    // What deaths have left behind is removed by whoever serves shard 0.
    OrphanSearch orphans = new OrphanSearch(around, () -> shards.serving().containsKey(0));
    NodeView view =
        new NodeView(
            new NodeView.Compute(ownership, shards, standbys, links, engine, orphans),
            new NodeView.Stored(ledgers, storage),
            counters,
            config,
            version,
            clock);
    openCalls(shards, engine, view);
    ownership.watch(map -> {
      links.follow(map);
      directory.changed();
    });
    repeat(shards::renewCheckpoints, LOOK);
    repeat(orphans::look, tuning.rhythm().orphanInterval());
    repeat(links::probe, tuning.rhythm().probeInterval());
    return join(view, new SharedTexts(store, clock, this::isPatientStill));
  }

  private ClusterNode join(NodeView view, SharedTexts texts) throws IOException {
    Ownership ownership = view.compute().ownership();
    Readiness readiness =
        new Readiness(
            view.name(),
            ownership::stats,
            ownership::map,
            view.compute().links()::reports,
            clock,
            config.sessionTimeout());
    repeat(readiness::look, LOOK);
    if (config.roles().contains(Role.COMPUTE)) {
      Rehearsal.run(view.stored().ledgers(), clock, REHEARSAL_TIME);
    }
    ClusterRecord cluster = awaitCluster(ownership.start());
    return new ClusterNode(
        cluster,
        view,
        new StatusQuery(view, this::after, tuning.rhythm().reportTime()),
        new Drainer(ownership, this::after),
        readiness,
        new ClusterNode.Ending(tuning.rhythm().leaveTime(), undos, memberEnded),
        texts);
  }

  private void repeat(Runnable task, Duration pause) {
    var _ =
        timers.scheduleWithFixedDelay(task, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private BookKeeperLedgers ledgers(ZooKeeperStore store) throws IOException {
    BookKeeperConfig storage =
        new BookKeeperConfig(
            config.connectString(),
            config.sessionTimeout(),
            tuning.storage().answerTime(),
            tuning.storage().minFreeBytes());
    long sinceNanos = clock.nanos();
    while (true) {
      // A client that fails to begin leaves something behind: so only when that is likely to work.
      awaitQuorum(store);
      try {
        BookKeeperLedgers ledgers = BookKeeperLedgers.open(storage, this::after, clock);
        undos.push(ledgers::close);
        return ledgers;
      } catch (IOException unreached) {
        // The quorum may be between two leaders.
        if (!isPatientStill(sinceNanos)) {
          throw unreached;
        }
      }
    }
  }

  private Surroundings around(MetadataStore store, LedgerStore ledgers) {
    return new Surroundings(
        ledgers,
        new ShardRecords(store),
        this::after,
        clock,
        new Semaphore(1),
        Surroundings.Waiting.blocking(),
        counters.logs());
  }

  private Ownership ownership(
      MetadataStore store,
      LocalShards shards,
      OwnershipThread turns,
      Map<String, String> addresses) {
    return new Ownership(
        info(addresses),
        new OwnershipConfig(
            config.shards(),
            config.founders().stream().map(each -> each.name()).collect(Collectors.toSet()),
            tuning.takeOvers(),
            tuning.balancing()),
        store,
        shards,
        turns,
        clock,
        new SecureRandom());
  }

  private void after(Duration delay, Runnable task) {
    var _ = timers.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void startMetadata() throws IOException {
    if (config.isFounder()) {
      MetadataMember member =
          MetadataMember.start(config.self(), config.founders(), folder.resolve("zookeeper"));
      undos.push(member::close);
      var _ = member.whenEnded().thenAccept(memberEnded::complete);
    }
  }

  /** Whoever starts first waits here for others. */
  private void awaitQuorum(ZooKeeperStore store) throws IOException {
    long startNanos = clock.nanos();
    boolean isSaid = false;
    while (true) {
      try {
        var _ = store.get("/rivulet").get(QUORUM_LOOK.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (ExecutionException | TimeoutException e) {
        if (!isPatientStill(startNanos)) {
          throw new IOException(
              "most of the founding nodes were not there for %d s (cluster.start-patience): start them, or see whether cluster.nodes is right"
                  .formatted(tuning.rhythm().startPatience().toSeconds()),
              e);
        }
        if (!isSaid && clock.nanos() - startNanos > QUORUM_LOOK.toNanos()) {
          isSaid = true;
          logger.info(
              "Waiting until most of the founding nodes are there ({})", config.connectString());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for the metadata quorum", e);
      }
    }
  }

  /** Waits a moment, unless it was waited for {@code cluster.start-patience}. */
  private boolean isPatientStill(long sinceNanos) throws IOException {
    pause();
    return clock.nanos() - sinceNanos <= tuning.rhythm().startPatience().toNanos();
  }

  private void checkServingIsAllowed(MetadataStore store) throws IOException {
    if (!config.roles().contains(Role.COMPUTE)) {
      return;
    }
    try {
      if (!ImportMark.isServingAllowed(store)
          .get(tuning.rhythm().startPatience().toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException(ImportMark.refusal());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while joining the cluster", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("it can't be read whether the cluster may be served: try again", e);
    }
  }

  private void pause() throws IOException {
    try {
      timers
          .schedule(() -> {}, QUORUM_PAUSE.toMillis(), TimeUnit.MILLISECONDS)
          .get(QUORUM_LOOK.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | RejectedExecutionException e) {
      throw new IOException("the node is being closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for other nodes", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Null: this node has none. */
  private @Nullable StorageMember startStorage(MetadataStore store) throws IOException {
    if (!config.roles().contains(Role.STORAGE) || config.metadata().isPresent()) {
      return null;
    }
    StorageConfig storage =
        new StorageConfig(
            config.self(),
            config.connectString(),
            folder.resolve("bookie"),
            config.sessionTimeout(),
            config.tuning().storage().minFreeBytes(),
            config.acceptsEmptyStorage());
    StorageMember member = null;
    long sinceNanos = clock.nanos();
    boolean isSaid = false;
    while (member == null) {
      try {
        member = StorageMember.start(storage, node -> tellLostDisk(store, node));
      } catch (StorageBusyException e) {
        if (!isSaid) {
          isSaid = true;
          logger.info("Storage can't start yet and tries again: {}", e.getMessage());
        }
        if (!isPatientStill(sinceNanos)) {
          throw e;
        }
      }
    }
    undos.push(member::close);
    StorageMember started = member;
    repeat(() -> watch(started), LOOK);
    return member;
  }

  /**
   * BookKeeper's server ends by itself when it cannot go on; only a new process begins it again.
   */
  private void watch(StorageMember member) {
    if (!member.isRunning()) {
      memberEnded.complete(
          new IOException(
              "the storage of this node has ended, as it does when its disk fails: see the lines above, and start the node again"));
    }
  }

  /** Before storage begins anew the owners of shards must know that they have to copy. */
  private static void tellLostDisk(MetadataStore store, String node) throws IOException {
    try {
      new LostDisks(store).tell(node).get(QUORUM_LOOK.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted before storage could begin anew", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "storage does not begin anew: the metadata quorum did not take note of it", e);
    }
  }

  private CheckpointGround checkpoints(Surroundings around) {
    CheckpointConfig checkpoints = tuning.checkpoints();
    return new CheckpointGround(
        checkpoints,
        around.ledgers(),
        new FileSums(),
        new Pace(checkpoints.bytesPerSecond(), clock, around.timer()),
        Patience.upTo(checkpoints.answerTime()),
        clock,
        background);
  }

  private LocalShards shards(
      ZooKeeperStore store,
      Surroundings around,
      CheckpointGround ground,
      Standbys standbys,
      IndexHome indexes,
      AtomicReference<NodeNews> told) {
    return new LocalShards(
        new LocalShards.Ground(
            config.self().name(),
            config.shards(),
            engineConfig,
            tuning.log(),
            around,
            store,
            ground,
            new Preparations(standbys, around.records(), around.timer()),
            indexes,
            clock),
        told::get);
  }

  private NodeInfo info(Map<String, String> addresses) {
    Map<String, String> all = new HashMap<>(addresses);
    all.put(Links.ADDRESS, config.self().host() + ":" + config.self().port());
    return new NodeInfo(
        config.self().name(),
        all,
        Set.copyOf(config.roles()),
        Math.max(1, Runtime.getRuntime().availableProcessors()));
  }

  /** For one of the two ends of calls. */
  private LinkGround linkGround() {
    return new LinkGround(
        new LinkBudget(config.linkBytes()),
        new LinkBudget(config.linkBytes()),
        new CallCounters(clock),
        new Deadlines(this::after, clock),
        engineConfig.maxMessageBytes() + ENVELOPE_BYTES,
        background);
  }

  private void openCalls(LocalShards shards, RoutedEngine engine, NodeView view)
      throws IOException {
    NodeServer answering =
        new NodeServer(
            new NodeServer.Targets(
                shards.serving()::get,
                engine.calls(),
                () -> CompletableFuture.completedFuture(view.report())),
            counters.callsIn(),
            clock,
            (_, doubts) -> doubts.forEach(engine::lost),
            engine.returns());
    Server server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(config.self().host(), config.self().port()))
            .directExecutor()
            .maxInboundMessageSize(NodeServer.MOST_FRAME_BYTES)
            .flowControlWindow(NodeServer.WINDOW_BYTES)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(answering.service())
            .build()
            .start();
    undos.push(server::shutdownNow);
  }

  private ClusterRecord awaitCluster(CompletableFuture<ClusterRecord> joined) throws IOException {
    try {
      ClusterRecord cluster =
          joined.get(tuning.rhythm().startPatience().toSeconds(), TimeUnit.SECONDS);
      logger.info(
          "Node {} of cluster {}, {} shards", config.self().name(), cluster.id(), cluster.shards());
      return cluster;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while joining the cluster", e);
    } catch (ExecutionException e) {
      throw new IOException("can't join the cluster: " + e.getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException("the cluster's record could not be read: try again", e);
    }
  }
}
