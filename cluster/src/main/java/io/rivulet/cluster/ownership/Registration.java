package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the ownership thread. The claim of this node's own name, with what the others are to
 * know of it.
 */
final class Registration {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

  /** A predecessor's claim ends with its session, in seconds; one that stays is a living twin's. */
  private static final long TWIN_NANOS = Duration.ofSeconds(15).toNanos();

  /** Of what a load was before it must differ by this part to be told. */
  private static final double TOLD_CHANGE = 0.2;

  private final NodeInfo me;
  private final Means means;
  private final OwnershipConfig.Balancing config;
  private final List<Seat> seats;
  private final String name;
  private final Reading<NodeRecord> reading = new Reading<>(NodeRecord.class);
  private final KnownLoads known;
  private final Map<Integer, LoadAverage> loads = new HashMap<>();
  private Map<Integer, Long> toldLoads = Map.of();
  private OptionalLong measuredNanos = OptionalLong.empty();
  private OptionalLong barredSinceNanos = OptionalLong.empty();
  private boolean isWriting;
  private int change;
  private long mark;

  Registration(
      NodeInfo me,
      Means means,
      OwnershipConfig.Balancing config,
      List<Seat> seats,
      KnownLoads known) {
    this.me = me;
    this.means = means;
    this.seats = seats;
    this.config = config;
    this.known = known;
    name = Names.node(me.name());
  }

  void follow() {
    means.mirror().follow(name);
  }

  void lostSession() {
    change++;
    isWriting = false;
    mark = means.mirror().now();
  }

  /** Whether the others see this node, in this life. */
  boolean isDone(Situation now) {
    return means.mirror().isAsOf(name, mark)
        && stored().filter(each -> isOurs(now, each)).isPresent();
  }

  private Optional<NodeRecord> stored() {
    return reading.of(means.mirror().value(name));
  }

  private static boolean isOurs(Situation now, NodeRecord stored) {
    return stored.incarnation().equals(now.incarnation());
  }

  /** If it was made in the session that this node has now, nothing else ends it. */
  private static boolean isOfEarlierLife(Situation now, NodeRecord stored) {
    return now.formerIncarnations().contains(stored.incarnation());
  }

  /** Registers this node, or tells what has changed with it. */
  void step(Situation now) {
    if (isWriting || !means.mirror().isAsOf(name, mark)) {
      return;
    }
    Optional<Versioned> found = means.mirror().value(name);
    Optional<NodeRecord> stored = stored();
    measure(now.nanos());
    NodeRecord record = new NodeRecord(me, now.incarnation(), now.isLeaving(), toldLoads, unfit());
    if (found.isEmpty()) {
      barredSinceNanos = OptionalLong.empty();
      write(means.store().claim(name, Texts.of(record)));
    } else if (stored.filter(each -> isOfEarlierLife(now, each)).isPresent()) {
      write(means.store().delete(name, found.get().version()));
    } else if (stored.filter(each -> isOurs(now, each)).isEmpty()) {
      barred(now, found.get());
    } else if (!record.equals(stored.get())) {
      write(means.store().put(name, Texts.of(record), found.get().version()));
    }
  }

  private void barred(Situation now, Versioned found) {
    if (barredSinceNanos.isEmpty()) {
      barredSinceNanos = OptionalLong.of(now.nanos());
    } else if (now.nanos() - barredSinceNanos.getAsLong() > TWIN_NANOS) {
      LOG.warn(
          "another process is registered as {}: give this one another name, or end that one: {}",
          me.name(),
          found.value());
      barredSinceNanos = OptionalLong.of(now.nanos());
    }
  }

  private void write(CompletableFuture<?> answer) {
    isWriting = true;
    int number = ++change;
    means.then(
        answer,
        (_, _) -> {
          if (number == change) {
            isWriting = false;
            mark = means.mirror().now();
            means.mirror().refresh(name);
          }
        });
  }

  /** Gives the name up; the end of the session would do so, too. */
  CompletableFuture<?> leave() {
    change++;
    isWriting = true;
    return means
        .store()
        .delete(name, means.mirror().value(name).map(Versioned::version).orElse(0L));
  }

  // ---- what is told

  private Set<Integer> unfit() {
    return seats.stream().filter(Seat::isUnfit).map(Seat::shard).collect(Collectors.toSet());
  }

  /** Looks at the loads now and then; told is what is not chance any more. */
  private void measure(long nanos) {
    if (measuredNanos.isPresent()
        && nanos - measuredNanos.getAsLong() < config.loadInterval().toNanos()) {
      return;
    }
    measuredNanos = OptionalLong.of(nanos);
    Map<Integer, Double> sure = new HashMap<>();
    for (Seat seat : seats) {
      int shard = seat.shard();
      if (seat.serving().isEmpty()) {
        loads.remove(shard);
      } else {
        LoadAverage load = loads.computeIfAbsent(shard, _ -> newAverage(shard));
        load.add((double) means.host().load(shard));
        if (load.isKnown()) {
          sure.put(shard, load.average());
        }
      }
    }
    if (!sure.keySet().equals(toldLoads.keySet())
        || sure.entrySet().stream().anyMatch(this::isNews)) {
      toldLoads =
          sure.entrySet().stream()
              .collect(Collectors.toMap(Map.Entry::getKey, each -> Math.round(each.getValue())));
    }
  }

  /** It goes on from what the former owner has told. */
  private LoadAverage newAverage(int shard) {
    return new LoadAverage(config.loadInterval(), config.loadMemory(), known.of(shard));
  }

  private boolean isNews(Map.Entry<Integer, Double> load) {
    long told = toldLoads.getOrDefault(load.getKey(), 0L);
    return Math.abs(load.getValue() - told) > 1 + TOLD_CHANGE * told;
  }
}
