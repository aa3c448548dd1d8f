package io.rivulet.cluster.ownership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Owned by the thread of the simulation. Does to a cluster whatever may happen to one, at random;
 * then lets it recover, and sees whether nothing was lost.
 */
final class Storm {
  private static final Duration MAX_STEP = Duration.ofMillis(1500);

  /** After everything is well again, how long it may take until every shard is served. */
  private static final Duration RECOVERY = Duration.ofSeconds(15);

  /** And how long until nothing moves any more. */
  private static final Duration REST = Duration.ofMinutes(5);

  private final SimulatedCluster cluster;
  private final RandomGenerator random;
  private final List<String> names = new ArrayList<>();

  Storm(RandomGenerator random, Mutation mutation) {
    this.random = random;
    cluster = new SimulatedCluster(random, 2 + random.nextInt(5), mutation);
    for (int node = 3 + random.nextInt(3); node > 0; node--) {
      names.add(String.valueOf((char) ('a' + names.size())));
    }
  }

  /** Runs it all; fails if something is seen that must not be. */
  void run(int steps) {
    names.forEach(cluster::start);
    cluster.pass(Duration.ofSeconds(random.nextInt(10)));
    for (int step = 0; step < steps; step++) {
      act();
      cluster.pass(Duration.ofNanos(random.nextLong(MAX_STEP.toNanos())));
    }
    recover();
    readEverything();
  }

  // ---- what may happen

  private SimulatedNode any() {
    return cluster.node(names.get(random.nextInt(names.size())));
  }

  private void act() {
    SimulatedNode node = any();
    if (!node.isRunning()) {
      if (random.nextInt(3) == 0) {
        node.start();
      }
      return;
    }
    switch (random.nextInt(28)) {
      case 0, 1, 2 -> node.pause();
      case 3, 4, 5 -> cluster.running().forEach(SimulatedNode::resume);
      case 6, 7 -> node.kill();
      // The owner serves on, while its session ends and others take over: the fence stops it.
      case 8, 23, 24, 25 -> cutOff(node, true, false);
      case 9 -> cutOff(node, false, true);
      case 10, 11 -> cutOff(node, true, true);
      case 12, 13, 14 -> cluster.running().forEach(SimulatedNode::heal);
      case 15 -> node.store().expire();
      case 16 -> node.store().stumble();
      case 17 -> setStore(random.nextInt(4) != 0);
      case 18 -> cluster.cloud().setStorageNodes(Math.min(3, 1 + random.nextInt(6)));
      case 19, 20 -> hint(node);
      case 21 -> drain(node);
      case 22 -> node.stop(Duration.ofMillis(random.nextInt(5000)));
      default -> actRarely(node);
    }
  }

  private void actRarely(SimulatedNode node) {
    switch (random.nextInt(4)) {
      case 0 -> node.setFailureRate(random.nextInt(3) * 0.3);
      case 1 -> cluster.metadata().setMaxDelay(Duration.ofMillis(1 + random.nextInt(200)));
      case 2 ->
          cluster
              .cloud()
              .setDelays(
                  Duration.ofMillis(1 + random.nextInt(200)),
                  Duration.ofMillis(500 + random.nextInt(2000)));
      default -> cluster.time().clock().jumpWall(Duration.ofMinutes(random.nextInt(-120, 120)));
    }
  }

  private void cutOff(SimulatedNode node, boolean fromStore, boolean fromLedgers) {
    boolean losesRequests = random.nextBoolean();
    boolean losesAnswers = !losesRequests || random.nextBoolean();
    if (fromStore) {
      node.cutOffFromStore(losesRequests, losesAnswers);
    }
    if (fromLedgers) {
      node.cutOffFromLedgers(losesRequests, losesAnswers);
    }
  }

  private void setStore(boolean isThere) {
    cluster.metadata().setAvailable(isThere);
  }

  /** Somebody says that a node's process has ended, which is so or not. */
  private void hint(SimulatedNode about) {
    for (SimulatedNode node : cluster.running()) {
      node.ownership()
          .map()
          .node(about.name())
          .filter(_ -> random.nextBoolean())
          .ifPresent(seen -> node.ownership().gone(seen.name(), seen.incarnation()));
    }
  }

  private void drain(SimulatedNode node) {
    if (random.nextBoolean()) {
      var _ = any().isRunning() ? node.ownership().drain(any().name()) : null;
    } else {
      var _ = node.ownership().undrain(any().name());
    }
  }

  // ---- recovery

  private void recover() {
    setStore(true);
    cluster.cloud().setStorageNodes(3);
    cluster.cloud().setDelays(Duration.ofMillis(5), Duration.ofSeconds(1));
    cluster.metadata().setMaxDelay(Duration.ofMillis(5));
    for (String name : names) {
      SimulatedNode node = cluster.node(name);
      if (node.isRunning()) {
        node.heal();
        node.resume();
        node.setFailureRate(0);
      }
    }
    // Whoever was about to leave does so.
    cluster.pass(Duration.ofSeconds(6));
    for (String name : names) {
      SimulatedNode node = cluster.node(name);
      if (!node.isRunning()) {
        node.start();
        node.setFailureRate(0);
      }
    }
    cluster.pass(Duration.ofSeconds(1));
    for (String name : names) {
      var _ = cluster.node(names.getFirst()).ownership().undrain(name);
    }
    cluster.within(RECOVERY, "every shard is served", cluster::isWhole);
    everyShardTakesRecords();
    cluster.setAppending(false);
    cluster.within(REST, "nothing moves any more", this::isAtRest);
  }

  private void everyShardTakesRecords() {
    Map<Integer, Long> before = acknowledged();
    cluster.within(
        Duration.ofSeconds(5),
        "every shard takes records",
        () -> {
          Map<Integer, Long> now = acknowledged();
          return before.entrySet().stream()
              .allMatch(each -> now.getOrDefault(each.getKey(), 0L) > each.getValue());
        });
  }

  private Map<Integer, Long> acknowledged() {
    Map<Integer, Long> all = new TreeMap<>();
    for (int shard = 0; shard < cluster.config().shards(); shard++) {
      all.put(shard, cluster.truth().acknowledgements(shard));
    }
    return all;
  }

  /** For a while nothing has changed hands. */
  private boolean isAtRest() {
    long before = cluster.truth().takeOvers();
    cluster.pass(Duration.ofSeconds(10));
    return cluster.isWhole() && cluster.truth().takeOvers() == before;
  }

  /** All die, and one comes back: it must find all that was ever acknowledged. */
  private void readEverything() {
    cluster.running().forEach(SimulatedNode::kill);
    cluster.pass(Duration.ofSeconds(6));
    cluster.start(names.getFirst());
    cluster.within(RECOVERY, "one node serves everything", cluster::isWhole);
  }

  Truth truth() {
    return cluster.truth();
  }
}
