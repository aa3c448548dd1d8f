package io.rivulet.cluster.ownership;

import io.rivulet.cluster.ledger.MemoryLedgers;
import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.metadata.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;

/**
 * Owned by the thread of the simulation. Nodes with the real ownership code and the real log, on
 * models of the metadata store and the ledgers, in simulated time.
 */
final class SimulatedCluster {
  static final Duration SESSION = Duration.ofSeconds(3);

  private final SimulatedTime time = new SimulatedTime();
  private final RandomGenerator random;
  private final MemoryStore metadata;
  private final MemoryLedgers cloud;
  private final Truth truth = new Truth();
  private final OwnershipConfig config;
  private final Mutation mutation;
  private final Map<String, SimulatedNode> nodes = new TreeMap<>();
  private boolean isAppending = true;
  private IntToLongFunction loads = _ -> 50;

  SimulatedCluster(RandomGenerator random, int shards, Mutation mutation) {
    this.random = random;
    this.mutation = mutation;
    metadata = new MemoryStore(time, random, SESSION);
    cloud = new MemoryLedgers(time, random);
    config =
        new OwnershipConfig(
            shards, Set.of(), OwnershipConfig.TakeOvers.DEFAULT, OwnershipConfig.Balancing.DEFAULT);
  }

  SimulatedTime time() {
    return time;
  }

  RandomGenerator random() {
    return random;
  }

  MemoryStore metadata() {
    return metadata;
  }

  MemoryLedgers cloud() {
    return cloud;
  }

  Truth truth() {
    return truth;
  }

  OwnershipConfig config() {
    return config;
  }

  Mutation mutation() {
    return mutation;
  }

  /** Whether anybody sends anything. */
  void setAppending(boolean isToBe) {
    isAppending = isToBe;
  }

  boolean isAppending() {
    return isAppending;
  }

  /** What shards have to do from now on. */
  void setLoads(IntToLongFunction ofShard) {
    loads = ofShard;
  }

  long load(int shard) {
    return loads.applyAsLong(shard);
  }

  /** A node of the name, which is not started; the same one if there is one. */
  SimulatedNode node(String name) {
    return nodes.computeIfAbsent(name, _ -> new SimulatedNode(this, name));
  }

  List<SimulatedNode> nodes() {
    return List.copyOf(nodes.values());
  }

  List<SimulatedNode> running() {
    return nodes.values().stream().filter(SimulatedNode::isRunning).toList();
  }

  /** Starts nodes. */
  void start(String... names) {
    for (String name : names) {
      node(name).start();
    }
  }

  void pass(Duration duration) {
    time.pass(duration);
    truth.check();
  }

  /**
   * Lets time pass until something holds.
   *
   * @return how long it took
   */
  Duration within(Duration limit, String what, BooleanSupplier condition) {
    long startNanos = time.clock().nanos();
    truth.check();
    while (!condition.getAsBoolean()) {
      Duration taken = Duration.ofNanos(time.clock().nanos() - startNanos);
      if (taken.compareTo(limit) > 0) {
        throw new AssertionError(
            "after %s it did not come about that %s: %s".formatted(taken, what, describe()));
      }
      time.step();
      truth.check();
    }
    return Duration.ofNanos(time.clock().nanos() - startNanos);
  }

  // ---- what is seen

  /** Which running nodes serve each shard. */
  Map<Integer, Set<String>> serving() {
    Map<Integer, Set<String>> serving = new TreeMap<>();
    for (int shard = 0; shard < config.shards(); shard++) {
      serving.put(shard, new TreeSet<>());
    }
    for (SimulatedNode node : running()) {
      node.host()
          .acknowledged()
          .keySet()
          .forEach(shard -> serving.getOrDefault(shard, new TreeSet<>()).add(node.name()));
    }
    return serving;
  }

  /** How many shards each running node serves. */
  Map<String, Integer> counts() {
    Map<String, Integer> counts = new TreeMap<>();
    for (SimulatedNode node : running()) {
      counts.put(node.name(), node.host().acknowledged().size());
    }
    return counts;
  }

  /** How many shards a node serves. */
  int count(String node) {
    return counts().getOrDefault(node, 0);
  }

  /** Which running nodes serve a shard. */
  Set<String> owners(int shard) {
    return serving().getOrDefault(shard, Set.of());
  }

  /** Whether each shard is served by one node, and all nodes know by which. */
  boolean isWhole() {
    Map<Integer, Set<String>> serving = serving();
    return serving.values().stream().allMatch(each -> each.size() == 1)
        && running().stream().allMatch(node -> knows(node, serving));
  }

  private static boolean knows(SimulatedNode node, Map<Integer, Set<String>> serving) {
    ShardMap map = node.ownership().map();
    return serving.entrySet().stream()
        .allMatch(each ->
            map.owner(each.getKey())
                .filter(owner -> each.getValue().contains(owner.node()))
                .isPresent());
  }

  String describe() {
    List<String> lines = new ArrayList<>();
    lines.add("at %.3f s".formatted(time.clock().nanos() / 1e9));
    lines.add("served: " + serving());
    lines.add("plan: " + metadata.value(Names.PLAN).orElse("none"));
    for (int shard = 0; shard < config.shards(); shard++) {
      lines.add(
          "claim of %d: %s, prepared: %s"
              .formatted(
                  shard,
                  metadata.value(Names.owner(shard)).orElse("none"),
                  metadata.value(Names.prepared(shard)).orElse("none")));
    }
    for (SimulatedNode node : running()) {
      lines.add(
          "%s: %s, %s"
              .formatted(
                  node,
                  metadata.value(Names.node(node.name())).orElse("not registered"),
                  node.ownership().seats()));
    }
    return String.join("\n  ", lines);
  }
}
