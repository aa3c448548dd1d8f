package io.rivulet.cluster.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.metadata.MemoryStoreNode;
import io.rivulet.cluster.metadata.MetadataStore;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class OwnershipTest {
  private static final int SHARDS = 12;
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final SimulatedCluster cluster =
      new SimulatedCluster(new SplittableRandom(7), SHARDS, Mutation.NONE);

  private void startThree() {
    cluster.start("a", "b", "c");
    cluster.within(SECOND.multipliedBy(10), "all is served", cluster::isWhole);
    cluster.within(
        SECOND.multipliedBy(30),
        "it is shared out",
        () -> cluster.isWhole() && cluster.counts().values().stream().allMatch(each -> each == 4));
    cluster.pass(SECOND.multipliedBy(5));
  }

  private String ownerOf(int shard) {
    return cluster.owners(shard).iterator().next();
  }

  private Map<Integer, Long> acknowledged(String node) {
    return cluster.node(node).host().acknowledged();
  }

  @Test
  void oneNodeServesEverything() {
    cluster.start("a");

    cluster.within(SECOND.multipliedBy(10), "all is served", cluster::isWhole);

    ShardMap map = cluster.node("a").ownership().map();
    assertThat(map.shards()).isEqualTo(SHARDS);
    assertThat(map.owner(3)).hasValueSatisfying(owner -> assertThat(owner.node()).isEqualTo("a"));
    assertThat(map.node("a").orElseThrow().info().addresses()).containsEntry("grpc", "a:8081");
  }

  @Test
  void threeNodesShareTheShardsOut() {
    startThree();

    assertThat(cluster.counts()).isEqualTo(Map.of("a", 4, "b", 4, "c", 4));
  }

  @Test
  void allNodesSeeTheSameMap() {
    startThree();

    ShardMap map = cluster.node("a").ownership().map();
    assertThat(cluster.node("b").ownership().map()).isEqualTo(map);
    assertThat(cluster.node("c").ownership().map()).isEqualTo(map);
    assertThat(map.nodes()).containsOnlyKeys("a", "b", "c");
    assertThat(map.places()).noneMatch(each -> each.standby().isEmpty());
  }

  @Test
  void theShardsOfADeadNodeAreServedAgainSoonAfterTheEndOfItsSession() {
    startThree();
    cluster.node("b").kill();

    Duration taken = cluster.within(SECOND.multipliedBy(20), "all is served", cluster::isWhole);

    assertThat(taken).isLessThan(SECOND.multipliedBy(5));
    assertThat(cluster.counts()).isEqualTo(Map.of("a", 6, "c", 6));
  }

  @Test
  void theyAreServedAtOnceIfSomebodySaysThatItsProcessHasEnded() {
    startThree();
    cluster.node("b").kill();
    String incarnation = incarnation("b");
    for (String node : Set.of("a", "c")) {
      cluster.node(node).ownership().gone("b", incarnation);
    }

    Duration taken = cluster.within(SECOND.multipliedBy(20), "all is served", cluster::isWhole);

    assertThat(taken).isLessThan(Duration.ofMillis(500));
  }

  private String incarnation(String node) {
    return cluster.node("a").ownership().map().node(node).orElseThrow().incarnation();
  }

  @Test
  void aWrongHintCostsTimeAndNothingElse() {
    startThree();
    for (String node : Set.of("a", "c")) {
      cluster.node(node).ownership().gone("b", incarnation("b"));
    }

    cluster.pass(SECOND.multipliedBy(2));
    assertThat(cluster.isWhole()).as(cluster.describe()).isTrue();
    cluster.within(
        Duration.ofMinutes(2),
        "all is as before",
        () -> cluster.isWhole() && cluster.counts().values().stream().allMatch(each -> each == 4));
  }

  @Test
  void aNodeThatJoinsTakesItsShareWithinAMinute() {
    startThree();
    cluster.start("d");

    Duration taken =
        cluster.within(
            SECOND.multipliedBy(60),
            "it has its share",
            () -> cluster.isWhole() && cluster.count("d") == 3);

    assertThat(taken).isLessThan(SECOND.multipliedBy(20));
    cluster.pass(SECOND.multipliedBy(60));
    assertThat(cluster.counts().values()).containsOnly(3);
  }

  @Test
  void aPlannedMoveStallsAShardForLessThanHalfASecond() {
    startThree();
    Stalls stalls = new Stalls();
    get(cluster.node("a").ownership().drain("b"));

    stalls.measureUntil(() -> cluster.isWhole() && cluster.count("b") == 0);

    assertThat(stalls.longest()).isLessThan(Duration.ofMillis(500));
    assertThat(stalls.mostAtOnce()).isBetween(1, 2);
    assertThat(cluster.counts()).isEqualTo(Map.of("a", 6, "b", 0, "c", 6));
  }

  /** How long each shard is served by nobody. */
  private final class Stalls {
    private final long[] sinceNanos = new long[SHARDS];
    private long longestNanos;
    private int mostAtOnce;

    void measureUntil(BooleanSupplier condition) {
      long startNanos = cluster.time().clock().nanos();
      while (!condition.getAsBoolean()) {
        long nanos = cluster.time().clock().nanos();
        assertThat(nanos - startNanos).isLessThan(SECOND.multipliedBy(60).toNanos());
        Map<Integer, Set<String>> serving = cluster.serving();
        mostAtOnce =
            Math.max(mostAtOnce, (int) serving.values().stream().filter(Set::isEmpty).count());
        serving.forEach((shard, nodes) -> {
          if (!nodes.isEmpty()) {
            sinceNanos[shard] = nanos;
          } else if (sinceNanos[shard] != 0) {
            longestNanos = Math.max(longestNanos, nanos - sinceNanos[shard]);
          }
        });
        cluster.time().step();
      }
    }

    /** How many shards nobody served at the same time. */
    int mostAtOnce() {
      return mostAtOnce;
    }

    Duration longest() {
      return Duration.ofNanos(longestNanos);
    }
  }

  private <T> T get(CompletableFuture<T> future) {
    return cluster.time().until(future).join();
  }

  @Test
  void takeOversAndMovesAreMeasured() {
    startThree();
    OwnershipStats.Counted before = cluster.node("b").ownership().stats().counted();
    get(cluster.node("a").ownership().drain("b"));
    cluster.within(
        SECOND.multipliedBy(60),
        "b saw its shards served elsewhere",
        () -> cluster.node("b").ownership().stats().counted().moves() == before.moves() + 4);

    OwnershipStats.Counted ofB = cluster.node("b").ownership().stats().counted();
    assertThat(ofB.handedOver()).isEqualTo(before.handedOver() + 4);
    assertThat(ofB.moveStallMillis() - before.moveStallMillis()).isBetween(1L, 4 * 500L);
    assertThat(ofB.takeOvers()).isGreaterThanOrEqualTo(4);
    assertThat(ofB.takeOverMillis()).isPositive();
    assertThat(ofB.movesGivenUp()).isZero();
    assertThat(cluster.node("a").ownership().drained()).containsExactly("b");
    cluster.within(
        SECOND.multipliedBy(90),
        "all owners tell their loads",
        () -> cluster.node("a").ownership().loads().size() == SHARDS);
  }

  /** Bursts as of messages of 64 MiB, each in a lite topic of its own, for ten minutes. */
  @Test
  void shardsDoNotFollowBurstsThatHitOneAndThenAnother() {
    startThree();
    long movesBefore = moves();
    SplittableRandom random = new SplittableRandom(3);
    int[] hit = {0};
    cluster.setLoads(shard -> shard == hit[0] ? 26_000 : 0);
    for (int i = 0; i < 240; i++) {
      hit[0] = random.nextInt(SHARDS);
      cluster.pass(SECOND.multipliedBy(5).dividedBy(2));
    }

    assertThat(moves() - movesBefore).isLessThanOrEqualTo(SHARDS);
  }

  @Test
  void loadThatStaysIsShared() {
    startThree();
    Set<Integer> ofA = Set.copyOf(cluster.node("a").host().acknowledged().keySet());
    cluster.setLoads(shard -> ofA.contains(shard) ? 5000 : 500);

    cluster.within(
        SECOND.multipliedBy(300),
        "two of those who have to do are elsewhere",
        () ->
            cluster.isWhole()
                && ofA.stream().filter(shard -> !ownerOf(shard).equals("a")).count() >= 2);
  }

  @Test
  void whoTakesAShardTellsItsLoadAtOnceAsTheFormerOwnerDid() {
    startThree();
    cluster.setLoads(shard -> 1000L * shard);
    cluster.pass(SECOND.multipliedBy(600));
    cluster.setLoads(_ -> 0);
    int shard = Collections.max(cluster.node("b").host().acknowledged().keySet());
    long told = load(shard);
    assertThat(told).isPositive().isBetween(900L * shard, 1000L * shard);
    get(cluster.node("a").ownership().drain("b"));
    cluster.within(SECOND.multipliedBy(60), "b is empty", () -> cluster.count("b") == 0);
    cluster.pass(SECOND.multipliedBy(10));

    assertThat(load(shard)).isBetween(told * 3 / 4, told);
  }

  private long load(int shard) {
    return cluster.node("a").ownership().loads().getOrDefault(shard, 0L);
  }

  private long moves() {
    return cluster.running().stream()
        .mapToLong(each -> each.ownership().stats().counted().moves())
        .sum();
  }

  @Test
  void aDrainedNodeMayOwnAgain() {
    startThree();
    assertThat(get(cluster.node("a").ownership().drain("b"))).isTrue();
    assertThat(get(cluster.node("a").ownership().drain("b"))).isFalse();
    cluster.within(SECOND.multipliedBy(60), "b is empty", () -> cluster.count("b") == 0);

    assertThat(get(cluster.node("a").ownership().undrain("b"))).isTrue();
    assertThat(get(cluster.node("a").ownership().undrain("b"))).isFalse();

    cluster.within(
        SECOND.multipliedBy(60),
        "b has its share",
        () -> cluster.isWhole() && cluster.count("b") == 4);
  }

  @Test
  void aNodeThatLeavesHandsEverythingOver() {
    startThree();
    Stalls stalls = new Stalls();
    cluster.node("b").stop(SECOND.multipliedBy(60));

    stalls.measureUntil(() -> cluster.isWhole() && !cluster.node("b").isRunning());

    assertThat(stalls.longest()).isLessThan(Duration.ofMillis(500));
    assertThat(stalls.mostAtOnce()).isBetween(1, 2);
    assertThat(cluster.metadata().value("/rivulet/nodes/b")).isEmpty();
  }

  @Test
  void whoeverLeavesLastLeavesAtOnce() {
    cluster.start("a");
    cluster.within(SECOND.multipliedBy(10), "all is served", cluster::isWhole);
    cluster.node("a").stop(SECOND.multipliedBy(60));

    Duration taken =
        cluster.within(
            SECOND.multipliedBy(60), "it has left", () -> !cluster.node("a").isRunning());

    assertThat(taken).isLessThan(SECOND);
    assertThat(cluster.metadata().value("/rivulet/shards/3").orElseThrow())
        .contains("\"owner\":\"\"");
  }

  @Test
  void whoeverHasNoTimeLetsGoWithoutWaitingForOthers() {
    startThree();
    cluster.node("b").stop(Duration.ZERO);

    Duration taken =
        cluster.within(
            SECOND.multipliedBy(60), "it has left", () -> !cluster.node("b").isRunning());

    assertThat(taken).isLessThan(SECOND);
    assertThat(cluster.within(SECOND.multipliedBy(60), "all is served", cluster::isWhole))
        .isLessThan(SECOND.multipliedBy(3));
  }

  @Test
  void withoutTheMetadataStoreOwnersGoOn() {
    startThree();
    cluster.metadata().setAvailable(false);
    cluster.pass(SECOND.multipliedBy(2));
    Map<Integer, Long> before = acknowledged("a");
    cluster.pass(SECOND.multipliedBy(60));

    assertThat(cluster.isWhole()).isTrue();
    acknowledged("a")
        .forEach((shard, count) ->
            assertThat(count).isGreaterThan(before.getOrDefault(shard, 0L) + 100));
    long takeOvers = cluster.truth().takeOvers();
    cluster.metadata().setAvailable(true);
    cluster.pass(SECOND.multipliedBy(60));
    assertThat(cluster.isWhole()).isTrue();
    assertThat(cluster.truth().takeOvers()).isEqualTo(takeOvers);
  }

  @Test
  void whoeverDiesMeanwhileIsReplacedOnceTheStoreAnswersAgain() {
    startThree();
    cluster.metadata().setAvailable(false);
    cluster.pass(SECOND.multipliedBy(10));
    cluster.node("b").kill();
    cluster.pass(SECOND.multipliedBy(10));
    assertThat(cluster.serving().values().stream().filter(Set::isEmpty)).hasSize(4);

    cluster.metadata().setAvailable(true);

    cluster.within(SECOND.multipliedBy(8), "all is served", cluster::isWhole);
  }

  @Test
  void anOwnerThatDoesNotHearOfTheEndOfItsSessionIsStoppedByTheFence() {
    startThree();
    cluster.node("b").cutOffFromStore(true, true);

    cluster.within(
        SECOND.multipliedBy(10), "each shard of b is served by another node, too", this::others);
    Map<Integer, Long> before = acknowledged("b");
    assertThat(before).hasSize(4);
    cluster.pass(SECOND.multipliedBy(10));

    // Nothing new; and what it could not write for long it has let go of by itself.
    assertThat(before).containsAllEntriesOf(acknowledged("b"));
    cluster.node("b").heal();
    cluster.within(SECOND, "b lets go", () -> cluster.count("b") == 0);
    cluster.within(SECOND.multipliedBy(90), "it has its share again", this::isShared);
  }

  private boolean isShared() {
    return cluster.isWhole() && cluster.counts().values().stream().allMatch(each -> each == 4);
  }

  private boolean others() {
    return cluster.count("a") + cluster.count("c") == SHARDS;
  }

  @Test
  void aNodeThatLosesItsSessionBeginsAnew() {
    startThree();
    cluster.node("b").store().expire();

    cluster.within(SECOND, "it lets go", () -> cluster.count("b") == 0);
    cluster.within(SECOND.multipliedBy(5), "all is served", cluster::isWhole);
    cluster.within(
        SECOND.multipliedBy(90),
        "it has its share again",
        () -> cluster.isWhole() && cluster.count("b") == 4);
  }

  @Test
  void whatANodeClaimedInAnEarlierLifeDoesNotBarItFromThisOne() {
    startThree();
    MemoryStoreNode store = cluster.node("b").store();
    CompletableFuture<Optional<MetadataStore.Versioned>> before = store.get(Names.node("b"));
    cluster.within(SECOND, "it is read", before::isDone);
    store.expire();
    cluster.within(SECOND.multipliedBy(5), "it lets go", () -> cluster.count("b") == 0);
    cluster.within(SECOND.multipliedBy(90), "it is back", () -> cluster.count("b") == 4);

    // As if its registration had been on its way while the session was lost, and made in the next.
    CompletableFuture<Optional<MetadataStore.Versioned>> after = store.get(Names.node("b"));
    cluster.within(SECOND, "it is read", after::isDone);
    var _ = store.delete(Names.node("b"), after.join().orElseThrow().version());
    var _ = store.claim(Names.node("b"), before.join().orElseThrow().value());

    cluster.pass(SECOND.multipliedBy(60));
    assertThat(cluster.isWhole()).isTrue();
    assertThat(cluster.count("b")).isEqualTo(4);
  }

  @Test
  void aShardThatCannotBeOpenedHereIsOpenedElsewhere() {
    startThree();
    cluster.node("b").setFailureRate(1);
    int shard = acknowledged("a").keySet().iterator().next();
    cluster.node("a").kill();

    cluster.within(SECOND.multipliedBy(20), "all is served", cluster::isWhole);

    assertThat(ownerOf(shard)).isEqualTo("c");
    assertThat(cluster.counts()).isEqualTo(Map.of("b", 4, "c", 8));
  }

  @Test
  void withoutStorageNothingIsTakenAndWithItEverythingIs() {
    startThree();
    cluster.cloud().setStorageNodes(1);
    cluster.node("b").kill();
    cluster.pass(SECOND.multipliedBy(60));
    cluster.cloud().setStorageNodes(3);

    Duration taken = cluster.within(SECOND.multipliedBy(60), "all is served", cluster::isWhole);

    assertThat(taken).isLessThan(SECOND.multipliedBy(10));
  }

  @Test
  void aNodeThatIsStartedAgainIsAnotherOne() {
    startThree();
    String before = incarnation("b");
    cluster.node("b").kill();
    cluster.pass(Duration.ofMillis(200));
    cluster.node("b").start();

    cluster.within(
        SECOND.multipliedBy(90),
        "it has its share again",
        () -> cluster.isWhole() && cluster.count("b") == 4);

    assertThat(incarnation("b")).isNotEqualTo(before);
  }

  @Test
  void everythingComesBackAfterAllWereKilled() {
    startThree();
    for (String name : Set.of("a", "b", "c")) {
      cluster.node(name).kill();
    }
    cluster.pass(SECOND.multipliedBy(20));
    cluster.start("c");
    cluster.pass(SECOND);
    cluster.start("a", "b");

    Duration taken = cluster.within(SECOND.multipliedBy(60), "all is served", cluster::isWhole);

    assertThat(taken).isLessThan(SECOND.multipliedBy(5));
    assertThat(cluster.counts().values()).as("where they were").containsOnly(4);
  }

  @Test
  void aNodeThatIsConfiguredForAnotherClusterIsRefused() {
    startThree();
    var other = new SimulatedCluster(new SplittableRandom(8), 7, Mutation.NONE);
    other.metadata().make("/rivulet/cluster", clusterRecord());
    other.node("x").start();

    CompletableFuture<ClusterRecord> started = other.node("x").started();

    assertThatThrownBy(() -> other.time().until(started).join())
        .hasRootCauseMessage(
            "this node is configured for 7 shards, but the cluster was made with 12: set it to 12");
  }

  private String clusterRecord() {
    return cluster.metadata().value("/rivulet/cluster").orElseThrow();
  }
}
