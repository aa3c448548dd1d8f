package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.MetadataStore.Session;
import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: hands everything to the one ownership thread, and shows copies. By which
 * the nodes of a cluster share out its shards, each node for itself.
 *
 * <p>Each node claims its name, and with that tells what it is. One of them keeps a plan of which
 * node is to own which shard, and who is its standby ({@link Planner}). Each node follows the plan
 * for its own part ({@link Seat}): the planned owner takes a shard that nobody holds; the standby
 * does when the planned owner is not there; whoever holds a shard that is planned for another node
 * goes on until that one is ready.
 *
 * <p><b>What safety rests on.</b> Neither plan nor claims nor clocks: only on the {@link
 * ShardHost}, that is on the fence of the shard's ledgers and the compare-and-set of its record.
 * Whatever is done here twice, late or wrongly costs time alone.
 *
 * <p><b>When the metadata store does not answer</b>, nothing changes hands: owners go on for as
 * long as their logs take appends, which needs the storage nodes but not the store (until a ledger
 * is to be followed by the next one). <b>When the session is lost</b>, everything is let go, and
 * the node begins anew. One that does not hear of the loss, since it is cut off, serves on until
 * its next append finds that another owner has fenced its log.
 */
public final class Ownership {
  private static final Logger LOG = LoggerFactory.getLogger(Ownership.class);

  /** More at the same time would take the processors from what is served meanwhile. */
  private static final int WARM_AT_ONCE = 2;

  /** What was on its way when a session ended has long arrived by then. */
  private static final int MOST_FORMER = 16;

  private static final Duration READ_ALL_EVERY = Duration.ofSeconds(30);
  private static final Duration RETRY = Duration.ofMillis(200);

  /** How long a node is held to be gone because somebody said so. */
  private static final long GONE_NANOS = Duration.ofSeconds(10).toNanos();

  /** After a turn that took longer the next one does not follow at once. */
  private static final long SHORT_TURN_NANOS = Duration.ofMillis(2).toNanos();

  private static final long LONGEST_REST_NANOS = Duration.ofMillis(100).toNanos();

  private enum State {
    NEW,
    /** Finding out what cluster this is. */
    JOINING,
    RUNNING,
    OVER
  }

  private final NodeInfo me;
  private final OwnershipConfig config;
  private final MetadataStore store;
  private final Turns turns;
  private final Clock clock;
  private final RandomGenerator random;
  private final Counters counters = new Counters();
  private final Mirror mirror;
  private final Means means;
  private final List<Seat> seats = new ArrayList<>();
  private final Registration registration;
  private final KnownLoads loads;
  private final Planning planning;
  private final Maps maps;

  private final CompletableFuture<ClusterRecord> started = new CompletableFuture<>();
  private final CompletableFuture<Void> left = new CompletableFuture<>();
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
  private final List<Consumer<ShardMap>> listeners = new CopyOnWriteArrayList<>();
  private volatile ShardMap map = ShardMap.EMPTY;
  private volatile OwnershipStats stats = OwnershipStats.NONE;
  private volatile Map<String, NodeRecord> seenNodes = Map.of();
  private volatile Set<String> seenDrained = Set.of();

  // Owned by the ownership thread.
  private final Map<String, Long> goneUntilNanos = new HashMap<>();
  private final Map<String, Reading<NodeRecord>> nodeRecords = new HashMap<>();
  private final Reading<Plan> plan = new Reading<>(Plan.class);
  private State state = State.NEW;
  private @Nullable Session session;
  private String incarnation = "";
  private final ArrayDeque<String> formerIncarnations = new ArrayDeque<>();
  private OptionalLong registeredNanos = OptionalLong.empty();
  private OptionalLong leaveByNanos = OptionalLong.empty();
  private boolean isLeavingStore;
  private boolean isTurnComing;
  private long lastTurnNanos;
  private long readAllNanos;

  /**
   * A node that has not begun yet.
   *
   * @param store listened to by this from now on
   * @param turns the ownership thread
   */
  public Ownership(
      NodeInfo me,
      OwnershipConfig config,
      MetadataStore store,
      ShardHost host,
      Turns turns,
      Clock clock,
      RandomGenerator random) {
    this.me = me;
    this.config = config;
    this.store = store;
    this.clock = clock;
    this.random = random;
    this.turns = new GuardedTurns(turns, this::fail);
    mirror = new Mirror(store, this.turns, this::wake);
    means = new Means(store, mirror, host, this.turns, clock, random, counters, this::wake);
    loads = new KnownLoads(seats);
    registration = new Registration(me, means, config.balancing(), seats, loads);
    planning = new Planning(means, config.balancing(), seats, loads);
    maps = new Maps(seats);
  }

  // ---- what others ask, on any thread

  /**
   * Begins. Not called twice.
   *
   * @return completes when the cluster is known; fails with {@link IllegalStateException} if it has
   *     another number of shards than this node is configured for
   */
  public CompletableFuture<ClusterRecord> start() {
    turns.execute(() -> {
      state = State.JOINING;
      store.listen(
          new MetadataStore.Listener() {
            @Override
            public void session(Session now) {
              turns.execute(() -> sessionIs(now));
            }

            @Override
            public void changed(String name) {
              turns.execute(() -> mirror.refresh(name));
            }
          });
      tick();
    });
    return started.copy();
  }

  /** Who serves which shard, as far as this node knows. */
  public ShardMap map() {
    return map;
  }

  /**
   * Tells a listener of each new map, on the ownership thread: it must only hand the news on. Maps
   * from before are not told.
   */
  public void watch(Consumer<ShardMap> listener) {
    listeners.add(listener);
  }

  public OwnershipStats stats() {
    return stats;
  }

  /** What each shard has to do, as its owner told last, see {@link ShardHost#load}. */
  public Map<Integer, Long> loads() {
    ShardMap current = map;
    Map<String, NodeRecord> nodes = seenNodes;
    Map<Integer, Long> loads = new TreeMap<>();
    for (int shard = 0; shard < current.shards(); shard++) {
      NodeRecord owner = current.owner(shard).map(each -> nodes.get(each.node())).orElse(null);
      Long load = owner == null ? null : owner.loads().get(shard);
      if (load != null) {
        loads.put(shard, load);
      }
    }
    return loads;
  }

  /** Names of nodes that are to own nothing, those included that are not there. */
  public Set<String> drained() {
    return seenDrained;
  }

  /** Completes, with the reason, if this node cannot go on; else never. */
  public CompletableFuture<Throwable> whenFailed() {
    return failed.copy();
  }

  /**
   * A hint that the process of a node has ended, such as when its address refuses connections: its
   * shards are taken over at once, not only when its session has ended. A wrong hint costs time,
   * and nothing else.
   *
   * @param itsIncarnation as the map shows it, so that a hint that comes late does not concern the
   *     process that was started instead
   */
  public void gone(String node, String itsIncarnation) {
    turns.execute(() -> {
      if (!itsIncarnation.equals(incarnation) && !goneUntilNanos.containsKey(itsIncarnation)) {
        LOG.info("node {} is said to be gone", node);
        goneUntilNanos.put(itsIncarnation, clock.nanos() + GONE_NANOS);
        wake();
      }
    });
  }

  /**
   * Lets a node own nothing from now on: its shards go elsewhere, one after the other. If no other
   * node is there it keeps them.
   *
   * @return false if it is drained already
   */
  public CompletableFuture<Boolean> drain(String node) {
    NodeInfo.checkName(node);
    return store
        .put(Names.drained(node), "{}", MetadataStore.ABSENT)
        .thenApply(OptionalLong::isPresent);
  }

  /**
   * Lets a node own shards again.
   *
   * @return false if it was not drained
   */
  public CompletableFuture<Boolean> undrain(String node) {
    NodeInfo.checkName(node);
    String name = Names.drained(node);
    return store
        .get(name)
        .thenCompose(found ->
            found.isEmpty()
                ? CompletableFuture.completedFuture(false)
                : store.delete(name, found.get().version()));
  }

  /**
   * Lets go of everything: as long as there is time, each shard once another node is ready for it.
   *
   * @param atMost after which the rest is let go whether somebody is ready or not
   * @return completes, also after a failure, when this node owns nothing and is not registered any
   *     more; the store may be closed then
   */
  public CompletableFuture<Void> leave(Duration atMost) {
    turns.execute(() -> {
      if (state == State.RUNNING) {
        long byNanos = clock.nanos() + atMost.toNanos();
        if (leaveByNanos.isEmpty() || byNanos - leaveByNanos.getAsLong() < 0) {
          leaveByNanos = OptionalLong.of(byNanos);
        }
        wake();
      } else {
        over();
      }
    });
    return left.copy();
  }

  /** For tests, on the ownership thread. */
  List<Seat> seats() {
    return List.copyOf(seats);
  }

  // ---- sessions

  private void sessionIs(Session now) {
    if (state == State.OVER) {
      return;
    }
    session = now;
    switch (now) {
      case CONNECTED -> {
        if (incarnation.isEmpty()) {
          incarnation = Long.toHexString(random.nextLong() | Long.MIN_VALUE);
        }
        mirror.connected();
        if (state == State.JOINING) {
          join();
        }
      }
      case SUSPENDED -> mirror.suspended();
      case LOST -> {
        LOG.warn("the session is lost: everything is let go");
        counters.lostSessions++;
        mirror.suspended();
        formerIncarnations.add(incarnation);
        if (formerIncarnations.size() > MOST_FORMER) {
          formerIncarnations.remove();
        }
        incarnation = "";
        registeredNanos = OptionalLong.empty();
        registration.lostSession();
        planning.lostSession();
        seats.forEach(Seat::lostSession);
      }
    }
    wake();
  }

  // ---- what cluster this is

  private void join() {
    means.then(
        store.get(Names.CLUSTER),
        (found, failure) -> {
          if (state != State.JOINING) {
            return;
          }
          if (failure != null) {
            joinLater();
          } else if (found.isEmpty()) {
            make();
          } else {
            agree(Texts.read(found.get().value(), ClusterRecord.class));
          }
        });
  }

  private void joinLater() {
    turns.after(
        RETRY,
        () -> {
          if (state == State.JOINING && session == Session.CONNECTED) {
            join();
          }
        });
  }

  private void make() {
    String id = Long.toHexString(random.nextLong() | Long.MIN_VALUE);
    int shards = config.shards() == 0 ? OwnershipConfig.DEFAULT_SHARDS : config.shards();
    String made = Texts.of(new ClusterRecord(id, shards, clock.wallMillis()));
    means.then(
        store.put(Names.CLUSTER, made, MetadataStore.ABSENT),
        (_, failure) -> {
          // Whoever has made it: what is there counts.
          if (failure != null) {
            joinLater();
          } else {
            join();
          }
        });
  }

  private void agree(Optional<ClusterRecord> cluster) {
    if (cluster.isEmpty()) {
      refuse("what is stored as %s is no record of a cluster".formatted(Names.CLUSTER));
      return;
    }
    int shards = cluster.get().shards();
    if (config.shards() != 0 && config.shards() != shards) {
      refuse(
          "this node is configured for %d shards, but the cluster was made with %d: set it to %d"
              .formatted(config.shards(), shards, shards));
      return;
    }
    for (int shard = 0; shard < shards; shard++) {
      seats.add(new Seat(shard, means, config.takeOvers()));
    }
    mirror.follow(Names.PLAN);
    mirror.followFolder(Names.NODES);
    mirror.followFolder(Names.DRAINED);
    registration.follow();
    state = State.RUNNING;
    readAllNanos = clock.nanos();
    started.complete(cluster.get());
    wake();
  }

  private void refuse(String why) {
    started.completeExceptionally(new IllegalStateException(why));
    over();
  }

  // ---- turns

  private void tick() {
    if (state != State.OVER) {
      turns.after(config.takeOvers().tick(), this::tick);
      wake();
    }
  }

  private void wake() {
    if (isTurnComing) {
      return;
    }
    isTurnComing = true;
    if (lastTurnNanos < SHORT_TURN_NANOS) {
      turns.execute(this::turn);
    } else {
      // With thousands of shards a turn takes its time: much news is for one turn then.
      turns.after(Duration.ofNanos(Math.min(2 * lastTurnNanos, LONGEST_REST_NANOS)), this::turn);
    }
  }

  private void turn() {
    isTurnComing = false;
    if (state == State.RUNNING) {
      long startNanos = clock.nanos();
      runTurn();
      lastTurnNanos = clock.nanos() - startNanos;
    }
  }

  private void runTurn() {
    Situation now = look();
    Set<String> drained = mirror.folder(Names.DRAINED).keySet();
    loads.look(now);
    if (session == Session.CONNECTED) {
      readAllNowAndThen(now);
      if (!isLeavingStore) {
        registration.step(now);
      }
    }
    if (isInformed(now)) {
      step(now, drained);
    } else {
      seats.forEach(each -> each.stepAlone(now.nanos()));
    }
    leaveIfDone(now);
    show(now, drained);
  }

  /** News that got lost would be a mistake of the store's; this costs little. */
  private void readAllNowAndThen(Situation now) {
    if (now.nanos() - readAllNanos > READ_ALL_EVERY.toNanos()) {
      readAllNanos = now.nanos();
      mirror.refreshAll();
    }
  }

  private boolean isInformed(Situation now) {
    return session == Session.CONNECTED
        && registration.isDone(now)
        && mirror.isFolderKnown(Names.NODES)
        && mirror.isFolderKnown(Names.DRAINED)
        && mirror.isAsOf(Names.PLAN, 0);
  }

  private Situation look() {
    long nanos = clock.nanos();
    goneUntilNanos.values().removeIf(until -> nanos - until > 0);
    Map<String, NodeRecord> nodes = new TreeMap<>();
    mirror
        .folder(Names.NODES)
        .forEach((name, text) -> node(name, text).ifPresent(each -> nodes.put(name, each)));
    nodeRecords.keySet().retainAll(nodes.keySet());
    if (registeredNanos.isEmpty() && isIn(nodes)) {
      registeredNanos = OptionalLong.of(nanos);
    }
    return new Situation(
        me.name(),
        incarnation,
        Set.copyOf(formerIncarnations),
        nanos,
        nodes,
        Set.copyOf(goneUntilNanos.keySet()),
        plan.of(mirror.value(Names.PLAN)).orElse(null),
        isSettled(nodes, nanos),
        leaveByNanos.isPresent());
  }

  private boolean isIn(Map<String, NodeRecord> nodes) {
    NodeRecord own = nodes.get(me.name());
    return own != null && own.incarnation().equals(incarnation);
  }

  private boolean isSettled(Map<String, NodeRecord> nodes, long nanos) {
    if (registeredNanos.isEmpty()) {
      return false;
    }
    Set<String> expected = config.expectedNodes();
    boolean areAllThere = !expected.isEmpty() && nodes.keySet().containsAll(expected);
    return areAllThere
        || nanos - registeredNanos.getAsLong() > config.takeOvers().settle().toNanos();
  }

  private Optional<NodeRecord> node(String name, Versioned text) {
    return nodeRecords
        .computeIfAbsent(name, _ -> new Reading<>(NodeRecord.class))
        .of(Optional.of(text))
        .filter(each -> each.info().name().equals(name));
  }

  private void step(Situation now, Set<String> drained) {
    boolean computes = me.roles().contains(Role.COMPUTE);
    int opening = (int) seats.stream().filter(Seat::isOpening).count();
    int warming = (int) seats.stream().filter(Seat::isWarming).count();
    for (Seat seat : seats) {
      boolean wasOpening = seat.isOpening();
      boolean wasWarming = seat.isWarming();
      seat.step(now, computes && opening < config.takeOvers().atOnce(), warming < WARM_AT_ONCE);
      if (seat.isOpening() && !wasOpening) {
        opening++;
      }
      if (seat.isWarming() && !wasWarming) {
        warming++;
      }
    }
    planning.step(now, drained);
  }

  private void show(Situation now, Set<String> drained) {
    stats =
        new OwnershipStats(
            session == Session.CONNECTED,
            registration.isDone(now),
            planning.isPlanner(),
            (int) seats.stream().filter(each -> each.serving().isPresent()).count(),
            (int) seats.stream().filter(Seat::isOpening).count(),
            (int) seats.stream().filter(Seat::isPrepared).count(),
            counters.now());
    seenNodes = now.nodes();
    seenDrained = Set.copyOf(drained);
    ShardMap drawn = maps.draw(now, drained);
    if (!drawn.equals(map)) {
      map = drawn;
      listeners.forEach(each -> each.accept(drawn));
    }
  }

  // ---- the end

  private void leaveIfDone(Situation now) {
    if (leaveByNanos.isEmpty() || isLeavingStore) {
      return;
    }
    boolean isLate = now.nanos() - leaveByNanos.getAsLong() >= 0;
    if (isLate || !isAnybodyElseThere(now)) {
      seats.forEach(Seat::letGo);
    }
    if (seats.stream().allMatch(Seat::isFree)) {
      isLeavingStore = true;
      means.then(registration.leave(), (_, _) -> over());
    }
  }

  private static boolean isAnybodyElseThere(Situation now) {
    return now.nodes().values().stream()
        .anyMatch(
            each -> each.computes() && !each.isLeaving() && !each.info().name().equals(now.me()));
  }

  private void over() {
    state = State.OVER;
    map = ShardMap.EMPTY;
    stats = OwnershipStats.NONE;
    left.complete(null);
  }

  /** Nobody knows what holds any more: the claims must not outlive this. */
  private void fail(Throwable cause) {
    if (state == State.OVER) {
      LOG.error("after the end", cause);
      return;
    }
    LOG.error("this node can own nothing any more", cause);
    over();
    for (Seat seat : seats) {
      try {
        seat.letGo();
      } catch (RuntimeException e) {
        LOG.error("{} could not be let go", seat, e);
      }
    }
    store.close();
    started.completeExceptionally(cause);
    failed.complete(cause);
  }
}
