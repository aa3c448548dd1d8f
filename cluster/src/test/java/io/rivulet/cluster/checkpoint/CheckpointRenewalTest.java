package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.LedgerStore.Listed;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What too few storage nodes hold of a checkpoint is stored again. */
class CheckpointRenewalTest {
  private static final int LARGE = 10_000;

  private final Path data;
  private final CheckpointWorld world;
  private final FaultyLedgers process;

  CheckpointRenewalTest(@TempDir Path data) {
    this.data = data;
    world = new CheckpointWorld(data);
    process = world.process();
  }

  /** Files of 10,000 bytes that are named by numbers from one to another, both included. */
  private static Map<String, Integer> files(int from, int to) {
    Map<String, Integer> files = new TreeMap<>();
    for (int i = from; i <= to; i++) {
      files.put("%06d.sst".formatted(i), LARGE);
    }
    return files;
  }

  private static void expectStored(CompletableFuture<Void> kept) {
    assertThat(kept).isCompleted();
  }

  private List<Long> positions() {
    return world.register.checkpoints().stream().map(Checkpoint::position).toList();
  }

  /** Ledgers of the newest checkpoint, by what is in them. */
  private Map<String, Long> ledgersOfNewest() {
    Map<String, Long> ledgers = new TreeMap<>();
    world
        .manifest(world.register.checkpoints().getLast())
        .files()
        .forEach(file -> ledgers.put(file.name(), file.ledger()));
    return ledgers;
  }

  private CheckpointStore renewing(long renewBytes) {
    return renewing(1L << 30, renewBytes);
  }

  private CheckpointStore renewing(long maxBytes, long renewBytes) {
    return CheckpointStore.open(
        world.ground(process, CheckpointWorld.config(maxBytes, renewBytes)),
        CheckpointWorld.SHARD,
        1,
        world.register.ofEpoch(1, process));
  }

  @Test
  void afterADiskWasLostNothingThatWasStoredBeforeIsUsedAgain() throws IOException {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 4))));
    Map<String, Long> before = ledgersOfNewest();
    world.register.lostDisks = 1;
    assertThat(store.figures().thinLedgers()).isEqualTo(5);
    SnapshotFiles next = world.snapshot(20, files(1, 5));

    expectStored(store.keep(next));

    assertThat(ledgersOfNewest().values()).doesNotContainAnyElementsOf(before.values());
    assertThat(store.figures().thinLedgers()).isZero();
    world.expectWhole(world.register.checkpoints().getLast(), next);
    process.writtenBytes = 0;
    expectStored(store.keep(world.snapshot(30, files(1, 5))));
    assertThat(process.writtenBytes).as("stored again once").isLessThan(LARGE);
    assertThat(world.unnamed()).isEmpty();
    assertThat(world.cloud.ledgers().stream().map(Listed::id))
        .as("the older one has aged out")
        .doesNotContainAnyElementsOf(before.values());
  }

  @Test
  void anIndexThatDoesNotChangeIsStoredAgainPieceByPieceUntilNothingIsThin() throws IOException {
    CheckpointStore store = renewing(1 << 20);
    Map<String, Integer> sizes = new TreeMap<>();
    for (int i = 1; i <= 6; i++) {
      sizes.put(i + ".sst", 400_000);
    }
    SnapshotFiles older = world.snapshot(10, Map.of("0.sst", LARGE));
    SnapshotFiles snapshot = world.snapshot(20, sizes);
    expectStored(store.keep(older));
    expectStored(store.keep(snapshot));
    Map<String, Long> before = ledgersOfNewest();
    assertThat(store.isRenewalDue()).isFalse();
    world.register.lostDisks = 1;
    List<Integer> thin = new ArrayList<>();

    while (thin.size() < 10 && store.figures().thinLedgers() > 0) {
      assertThat(store.isRenewalDue()).as("not at once").isFalse();
      world.time.pass(Duration.ofSeconds(10));
      assertThat(store.isRenewalDue()).isTrue();
      expectStored(store.keep(snapshot));
      thin.add(store.figures().thinLedgers());
      assertThat(positions()).containsExactly(10L, 20L);
      world.expectWhole(world.register.checkpoints().getFirst(), older);
      world.expectWhole(world.register.checkpoints().getLast(), snapshot);
    }

    // Two files of 400,000 bytes at a time, and once the small ones beside.
    assertThat(thin).containsExactly(4, 2, 0);
    assertThat(ledgersOfNewest().values()).doesNotContainAnyElementsOf(before.values());
    assertThat(world.unnamed()).isEmpty();
    world.time.pass(Duration.ofMinutes(1));
    assertThat(store.isRenewalDue()).isFalse();
    process.writtenBytes = 0;
    expectStored(store.keep(snapshot));
    assertThat(process.writtenBytes).isZero();
  }

  @Test
  void aFileThatIsLargerThanTheBoundIsStoredAgainByItself() {
    CheckpointStore store = renewing(1 << 20);
    SnapshotFiles snapshot = world.snapshot(10, Map.of("1.sst", 3 << 20, "2.sst", 2 << 20));
    expectStored(store.keep(snapshot));
    Map<String, Long> before = ledgersOfNewest();
    world.register.lostDisks = 1;

    for (int round = 0; round < 3; round++) {
      expectStored(store.keep(snapshot));
    }

    assertThat(store.figures().thinLedgers()).isZero();
    assertThat(ledgersOfNewest().values()).doesNotContainAnyElementsOf(before.values());
  }

  @Test
  void thatThereIsNoRoomForThinLedgersIsNoReasonToStoreNothing() throws IOException {
    CheckpointStore store = renewing(1 << 20, 1 << 20);
    expectStored(store.keep(world.snapshot(10, Map.of("1.sst", 600_000))));
    world.register.lostDisks = 1;
    SnapshotFiles next = world.snapshot(20, Map.of("1.sst", 600_000, "2.sst", 100_000));

    expectStored(store.keep(next));

    assertThat(positions()).containsExactly(10L, 20L);
    assertThat(store.figures().thinLedgers()).isEqualTo(1);
    assertThat(store.figures().tooLarge()).isZero();
    world.time.pass(Duration.ofMinutes(1));
    assertThat(store.isRenewalDue()).as("it is tried now and then").isFalse();
    world.time.pass(Duration.ofMinutes(1));
    assertThat(store.isRenewalDue()).isTrue();
    world.expectWhole(world.register.checkpoints().getLast(), next);
  }

  @Test
  void whatIsStoredWhileANodeIsAwayIsStoredAgainWhenItIsBack() {
    CheckpointStore store = world.store(process, 1);
    world.cloud.setStorageNodes(2);
    SnapshotFiles snapshot = world.snapshot(10, files(1, 4));
    expectStored(store.keep(snapshot));
    assertThat(store.figures().thinLedgers()).isEqualTo(5);
    world.time.pass(Duration.ofMinutes(1));
    assertThat(store.isRenewalDue()).as("no third node would have it").isFalse();
    process.writtenBytes = 0;
    expectStored(store.keep(snapshot));
    assertThat(process.writtenBytes).isZero();

    world.cloud.setStorageNodes(3);
    world.time.pass(Duration.ofSeconds(10));
    assertThat(store.isRenewalDue()).isTrue();
    expectStored(store.keep(snapshot));

    assertThat(store.figures().thinLedgers()).isZero();
    assertThat(world.cloud.ledgers()).allMatch(each -> world.cloud.isWhole(each.id()));
  }

  @Test
  void aNodeThatTakesEntriesAndLosesThemIsNoReasonToStoreAllAgainAndAgain() {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 4))));
    world.register.lostDisks = 1;
    world.cloud.setStorageNodes(2);
    process.hope();
    SnapshotFiles snapshot = world.snapshot(20, files(1, 4));
    expectStored(store.keep(snapshot));
    assertThat(store.figures().thinLedgers()).isEqualTo(5);
    process.writtenBytes = 0;

    world.time.pass(Duration.ofMinutes(1));
    assertThat(store.isRenewalDue()).isFalse();
    expectStored(store.keep(snapshot));
    assertThat(process.writtenBytes).isZero();
    expectStored(store.keep(world.snapshot(30, files(1, 4))));
    assertThat(process.writtenBytes).isLessThan(LARGE);

    world.cloud.setStorageNodes(3);
    world.time.pass(Duration.ofMinutes(1));
    assertThat(store.isRenewalDue()).isTrue();
    expectStored(store.keep(world.snapshot(40, files(1, 4))));
    assertThat(store.figures().thinLedgers()).isZero();
  }

  @Test
  void theNextOwnerKnowsWhatTheLastOneHadNotStoredAgain() {
    expectStored(world.store(process, 1).keep(world.snapshot(10, files(1, 4))));
    world.register.lostDisks = 1;

    CheckpointStore next = world.store(world.process(), 2);

    assertThat(next.figures().thinLedgers()).isEqualTo(5);
    world.time.pass(Duration.ofSeconds(10));
    assertThat(next.isRenewalDue()).isTrue();
  }

  @Test
  void aDiskThatIsLostWhileACheckpointIsStoredIsLostForAllOfIt() {
    CheckpointStore store = world.store(process, 1);
    world.time.after(Duration.ofSeconds(1), () -> world.register.lostDisks = 1);

    expectStored(store.keep(world.snapshot(10, Map.of("1.sst", 600_000, "2.sst", 1_600_000))));

    assertThat(world.register.lostDisks).isEqualTo(1);
    assertThat(store.figures().thinLedgers()).isEqualTo(3);
  }

  @Test
  void whereverTheOwnerDiesWhileItStoresAgainAWholeOneCounts() throws IOException {
    boolean isDead = true;
    for (int step = 0; isDead; step++) {
      CheckpointWorld fresh = new CheckpointWorld(data.resolve("renewal-" + step));
      FaultyLedgers first = fresh.process();
      CheckpointStore store = fresh.store(first, 1);
      SnapshotFiles older = fresh.snapshot(10, files(1, 3));
      SnapshotFiles snapshot = fresh.snapshot(20, files(2, 4));
      expectStored(store.keep(older));
      expectStored(store.keep(snapshot));
      fresh.register.lostDisks = 1;
      first.dieAt(step);

      var kept = store.keep(snapshot);

      isDead = first.isDead();
      assertThat(kept.isCompletedExceptionally()).isEqualTo(isDead);
      List<Checkpoint> counting = fresh.register.checkpoints();
      assertThat(counting).extracting(Checkpoint::position).containsExactly(10L, 20L);
      fresh.expectWhole(counting.getFirst(), older);
      fresh.expectWhole(counting.getLast(), snapshot);
      SnapshotFiles next = fresh.snapshot(30, files(3, 5));
      CheckpointStore nextStore = fresh.store(fresh.process(), 2);
      expectStored(nextStore.keep(next));
      fresh.expectWhole(counting.getLast(), snapshot);
      fresh.expectWhole(fresh.register.checkpoints().getLast(), next);
      assertThat(nextStore.figures().thinLedgers()).isZero();
    }
  }
}
