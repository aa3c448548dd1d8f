package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.checkpoint.MemoryRegister.Next;
import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Listed;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointStoreTest {
  private static final int LARGE = 10_000;

  private final Path data;
  private final CheckpointWorld world;
  private final FaultyLedgers process;

  CheckpointStoreTest(@TempDir Path data) {
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

  private static String reason(CompletableFuture<Void> kept) {
    assertThat(kept).isCompletedExceptionally();
    return String.valueOf(kept.exceptionNow().getMessage());
  }

  private List<Long> positions() {
    return world.register.checkpoints().stream().map(Checkpoint::position).toList();
  }

  // ---- what is stored

  @Test
  void aSnapshotIsStoredWholeAndCounts() throws IOException {
    CheckpointStore store = world.store(process, 1);
    SnapshotFiles snapshot = world.snapshot(10, Map.of("1.sst", 5_000, "2.sst", 10, "none", 0));

    expectStored(store.keep(snapshot));

    assertThat(store.oldestPosition()).isEqualTo(10);
    assertThat(store.newestPosition()).isEqualTo(10);
    world.expectWhole(world.register.checkpoints().getFirst(), snapshot);
    assertThat(world.cloud.ledgers())
        .extracting(
            each -> each.label().use() + " " + each.label().shard() + " " + each.label().epoch())
        .containsOnly(Use.CHECKPOINT + " 3 1");
  }

  @Test
  void onlyFilesThatAreNewAreStoredTheNextTime() throws IOException {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 20))));
    process.writtenBytes = 0;
    SnapshotFiles next = world.snapshot(20, files(2, 21));

    expectStored(store.keep(next));

    assertThat(process.writtenBytes).isBetween((long) LARGE, LARGE + 5_000L);
    assertThat(positions()).containsExactly(10L, 20L);
    world.expectWhole(world.register.checkpoints().getLast(), next);
  }

  @Test
  void theNextOwnerUsesWhatTheLastOneStored() throws IOException {
    expectStored(world.store(process, 1).keep(world.snapshot(10, files(1, 20))));
    FaultyLedgers other = world.process();
    SnapshotFiles next = world.snapshot(20, files(2, 21));

    expectStored(world.store(other, 2).keep(next));

    assertThat(other.writtenBytes).isBetween((long) LARGE, LARGE + 5_000L);
    world.expectWhole(world.register.checkpoints().getLast(), next);
  }

  @Test
  void aFileOfTheSameNameAndSizeWithOtherBytesIsStored() throws IOException {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 3))));
    SnapshotFiles next = world.snapshot(20, files(1, 3));
    Files.write(next.folder().resolve("000002.sst"), new byte[LARGE]);

    expectStored(store.keep(next));

    world.expectWhole(world.register.checkpoints().getLast(), next);
  }

  @Test
  void twoAreKeptAndLedgersThatNobodyNeedsAreRemoved() throws IOException {
    CheckpointStore store = world.store(process, 1);
    SnapshotFiles[] snapshots = new SnapshotFiles[6];
    for (int i = 0; i < snapshots.length; i++) {
      snapshots[i] = world.snapshot(10 + i, files(1 + 3 * i, 10 + 3 * i));
      expectStored(store.keep(snapshots[i]));
    }

    assertThat(positions()).containsExactly(14L, 15L);
    assertThat(store.oldestPosition()).isEqualTo(14);
    assertThat(world.unnamed()).isEmpty();
    assertThat(world.cloud.ledgers().size()).isLessThan(20);
    world.expectWhole(world.register.checkpoints().getFirst(), snapshots[4]);
    world.expectWhole(world.register.checkpoints().getLast(), snapshots[5]);
  }

  @Test
  void aSnapshotThatIsStoredAlreadyIsNotStoredAgain() {
    CheckpointStore store = world.store(process, 1);
    SnapshotFiles snapshot = world.snapshot(10, files(1, 3));
    expectStored(store.keep(snapshot));
    process.writtenBytes = 0;

    expectStored(store.keep(snapshot));

    assertThat(process.writtenBytes).isZero();
    assertThat(positions()).containsExactly(10L);
  }

  @Test
  void smallFilesShareALedger() {
    Map<String, Integer> files = files(1, 2);
    for (int i = 0; i < 100; i++) {
      files.put("small-" + i, 200);
    }

    expectStored(world.store(process, 1).keep(world.snapshot(10, files)));

    // Two for the large ones, one for all others, one for the manifest.
    assertThat(world.cloud.ledgers()).hasSize(4);
  }

  @Test
  void aLedgerOfSmallFilesIsNotKeptForAFewOfThem() throws IOException {
    CheckpointStore store = world.store(process, 1);
    Map<String, Integer> files = new TreeMap<>();
    for (int i = 0; i < 100; i++) {
      files.put("small-" + i, 500);
    }
    expectStored(store.keep(world.snapshot(10, files)));
    SnapshotFiles last = world.snapshot(0, files);

    for (int i = 0; i < 99; i++) {
      files.remove("small-" + i);
      last = world.snapshot(11 + i, files);
      expectStored(store.keep(last));
      assertThat(world.manifest(world.register.checkpoints().getLast()).ledgers().size())
          .isLessThan(8);
    }

    assertThat(world.cloud.ledgers().size()).isLessThan(8);
    assertThat(world.unnamed()).isEmpty();
    world.expectWhole(world.register.checkpoints().getLast(), last);
  }

  // ---- how it is stored

  @Test
  void aBoundedNumberOfEntriesIsInFlightAndTheyTakeTheirTime() {
    CheckpointStore store = world.store(process, 1);
    long before = world.time.clock().nanos();

    expectStored(store.keep(world.snapshot(10, Map.of("1.sst", 4 << 20))));

    Duration took = Duration.ofNanos(world.time.clock().nanos() - before);
    assertThat(process.mostInFlight).isBetween(2, 4);
    assertThat(took).isBetween(Duration.ofMillis(3_900), Duration.ofSeconds(6));
  }

  @Test
  void whatIsKnownOfAFileIsNotReadAgain() {
    CheckpointStore store = world.store(process, 1);
    SnapshotFiles snapshot = world.snapshot(10, Map.of("1.sst", 4 << 20));
    expectStored(store.keep(snapshot));
    SnapshotFiles next = linked(20, snapshot);
    long before = world.time.clock().nanos();

    expectStored(store.keep(next));

    assertThat(Duration.ofNanos(world.time.clock().nanos() - before))
        .isLessThan(Duration.ofSeconds(1));
  }

  private static SnapshotFiles linked(long position, SnapshotFiles snapshot) {
    Path folder = snapshot.folder().resolveSibling("linked-" + position);
    try {
      Files.createDirectories(folder);
      for (String name : CheckpointWorld.contents(snapshot.folder()).keySet()) {
        Files.createLink(folder.resolve(name), snapshot.folder().resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new SnapshotFiles(position, folder);
  }

  @Test
  void figuresTellHowMuchThereIs() {
    CheckpointStore store = world.store(process, 1);
    assertThat(store.figures().kept()).isZero();
    expectStored(store.keep(world.snapshot(10, files(1, 20))));
    expectStored(store.keep(world.snapshot(20, files(2, 21))));

    CheckpointFigures figures = store.figures();

    assertThat(figures.kept()).isEqualTo(2);
    assertThat(figures.position()).isEqualTo(20);
    assertThat(figures.files()).isEqualTo(22);
    assertThat(figures.fileBytes()).isBetween(200_000L, 200_100L);
    assertThat(figures.ledgers()).isEqualTo(23);
    assertThat(figures.ledgerBytes()).isBetween(210_000L, 210_200L);
    assertThat(figures.storedCheckpoints()).isEqualTo(2);
    assertThat(figures.storedBytes()).isBetween(210_000L, 210_200L);
    assertThat(figures.sharedBytes()).isEqualTo(190_000);
    assertThat(figures.madeMillis()).isLessThanOrEqualTo(world.time.clock().wallMillis());
    assertThat(figures.isStoring()).isFalse();
    CheckpointStore next = world.store(world.process(), 2);
    assertThat(next.figures().ledgerBytes()).isEqualTo(figures.ledgerBytes());
    assertThat(next.figures().files()).isEqualTo(22);
  }

  // ---- bounds

  private CheckpointStore bounded(long maxBytes) {
    return CheckpointStore.open(
        world.ground(process, CheckpointWorld.config(maxBytes)),
        CheckpointWorld.SHARD,
        1,
        world.register.ofEpoch(1, process));
  }

  @Test
  void theOlderOneGoesFirstIfThereIsNoRoomForAThird() throws IOException {
    CheckpointStore store = bounded(2 << 20);
    Map<String, Integer> a = Map.of("1.sst", 600_000);
    Map<String, Integer> b = Map.of("2.sst", 700_000);
    Map<String, Integer> c = Map.of("3.sst", 800_000);
    expectStored(store.keep(world.snapshot(10, a)));
    expectStored(store.keep(world.snapshot(20, b)));
    SnapshotFiles third = world.snapshot(30, c);

    expectStored(store.keep(third));

    assertThat(positions()).containsExactly(20L, 30L);
    assertThat(world.unnamed()).isEmpty();
    world.expectWhole(world.register.checkpoints().getLast(), third);
  }

  @Test
  void whatIsTooLargeIsNotStoredAndWhatThereIsStays() throws IOException {
    CheckpointStore store = bounded(1 << 20);
    SnapshotFiles good = world.snapshot(10, Map.of("1.sst", 600_000));
    expectStored(store.keep(good));
    process.writtenBytes = 0;

    String reason = reason(store.keep(world.snapshot(20, Map.of("2.sst", 700_000))));

    assertThat(reason).contains("700", "1048576", "max-shard-bytes");
    assertThat(process.writtenBytes).isZero();
    assertThat(positions()).containsExactly(10L);
    world.expectWhole(world.register.checkpoints().getFirst(), good);
    assertThat(store.figures().tooLarge()).isEqualTo(1);
    assertThat(store.figures().failures()).isEqualTo(1);
  }

  // ---- what goes wrong

  @Test
  void whereverTheOwnerDiesTheOldOnesOrTheNewOneCount() throws IOException {
    int deaths = 0;
    boolean isDead = true;
    for (int step = 0; isDead; step++) {
      CheckpointWorld fresh = new CheckpointWorld(data.resolve("step-" + step));
      FaultyLedgers first = fresh.process();
      CheckpointStore store = fresh.store(first, 1);
      SnapshotFiles[] snapshots = new SnapshotFiles[4];
      for (int i = 0; i < snapshots.length; i++) {
        snapshots[i] = fresh.snapshot(10L * (i + 1), files(1 + 2 * i, 4 + 2 * i));
      }
      expectStored(store.keep(snapshots[0]));
      expectStored(store.keep(snapshots[1]));
      first.dieAt(step);

      var kept = store.keep(snapshots[2]);

      isDead = first.isDead();
      deaths += isDead ? 1 : 0;
      assertThat(kept.isCompletedExceptionally()).isEqualTo(isDead);
      List<Checkpoint> counting = fresh.register.checkpoints();
      int newest = (int) counting.getLast().position() / 10 - 1;
      assertThat(newest).isBetween(1, 2);
      assertThat(counting).hasSize(2);
      fresh.expectWhole(counting.getFirst(), snapshots[newest - 1]);
      fresh.expectWhole(counting.getLast(), snapshots[newest]);
      expectNextOwnerGoesOn(fresh, snapshots[3], counting.getLast(), snapshots[newest]);
    }
    assertThat(deaths).isGreaterThan(30);
  }

  private static void expectNextOwnerGoesOn(
      CheckpointWorld world, SnapshotFiles next, Checkpoint before, SnapshotFiles snapshotBefore)
      throws IOException {
    Set<Long> orphans = world.unnamed();
    assertThat(world.cloud.ledgers())
        .filteredOn(each -> orphans.contains(each.id()))
        .extracting(each -> each.label().epoch())
        .allMatch(epoch -> epoch == 1);

    expectStored(world.store(world.process(), 2).keep(next));

    assertThat(world.register.checkpoints().getFirst()).isEqualTo(before);
    world.expectWhole(before, snapshotBefore);
    world.expectWhole(world.register.checkpoints().getLast(), next);
    assertThat(orphans).containsAll(world.unnamed());
  }

  @Test
  void anOwnerThatHasBeenReplacedChangesNothing() throws IOException {
    CheckpointStore old = world.store(process, 1);
    SnapshotFiles good = world.snapshot(10, files(1, 4));
    expectStored(old.keep(good));
    FaultyLedgers other = world.process();
    CheckpointStore next = world.store(other, 2);

    String reason = reason(old.keep(world.snapshot(20, files(3, 6))));

    assertThat(reason).contains("epoch 1", "over");
    assertThat(positions()).containsExactly(10L);
    world.expectWhole(world.register.checkpoints().getFirst(), good);
    // Nor does it try again: what it has left is found by its label.
    int ledgers = world.cloud.ledgers().size();
    assertThat(reason(old.keep(world.snapshot(30, files(5, 8))))).contains("stopped");
    assertThat(world.cloud.ledgers()).hasSize(ledgers);
    expectStored(next.keep(world.snapshot(40, files(3, 6))));
  }

  @Test
  void whatFailsBeforeItCountsIsRemoved() {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 4))));
    SnapshotFiles broken = world.snapshot(20, files(5, 6));
    unreadable(broken, "000006.sst");

    reason(store.keep(broken));

    assertThat(world.unnamed()).isEmpty();
    assertThat(positions()).containsExactly(10L);
    expectStored(store.keep(world.snapshot(30, files(5, 6))));
  }

  private static void unreadable(SnapshotFiles snapshot, String name) {
    try {
      Files.delete(snapshot.folder().resolve(name));
      Files.createDirectory(snapshot.folder().resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatCouldNotBeRemovedIsRemovedTheNextTime() {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 4))));
    SnapshotFiles broken = world.snapshot(20, files(5, 6));
    world.cloud.setStorageNodes(1);
    assertThat(reason(store.keep(broken))).contains("storage nodes");
    world.cloud.setStorageNodes(3);

    expectStored(store.keep(world.snapshot(30, files(5, 6))));
    expectStored(store.keep(world.snapshot(40, files(6, 7))));

    assertThat(world.unnamed()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"HAPPENS_UNANSWERED", "IS_LOST"})
  void whetherAChangeOfTheRegisterHappenedNeedNotBeKnown(Next next) throws IOException {
    CheckpointStore store = world.store(process, 1);
    SnapshotFiles first = world.snapshot(10, files(1, 4));
    SnapshotFiles second = world.snapshot(20, files(2, 5));
    expectStored(store.keep(first));
    world.register.next = next;

    assertThat(reason(store.keep(second))).contains("no answer");

    boolean happened = next == Next.HAPPENS_UNANSWERED;
    assertThat(positions()).isEqualTo(happened ? List.of(10L, 20L) : List.of(10L));
    world.expectWhole(world.register.checkpoints().getFirst(), first);
    if (happened) {
      world.expectWhole(world.register.checkpoints().getLast(), second);
    }
    SnapshotFiles third = world.snapshot(30, files(3, 6));
    expectStored(store.keep(third));
    world.expectWhole(world.register.checkpoints().getFirst(), happened ? second : first);
    world.expectWhole(world.register.checkpoints().getLast(), third);
    assertThat(world.unnamed()).isEmpty();
  }

  @Test
  void aDamagedManifestIsReplacedAndTheOtherStays() throws IOException {
    CheckpointStore store = world.store(process, 1);
    SnapshotFiles first = world.snapshot(10, files(1, 4));
    expectStored(store.keep(first));
    expectStored(store.keep(world.snapshot(20, files(2, 5))));
    FaultyLedgers other = world.process();
    other.damage(world.register.checkpoints().getLast().manifestLedger());
    SnapshotFiles third = world.snapshot(30, files(3, 6));

    expectStored(world.store(other, 2).keep(third));

    assertThat(positions()).containsExactly(10L, 30L);
    world.expectWhole(world.register.checkpoints().getFirst(), first);
    world.expectWhole(world.register.checkpoints().getLast(), third);
  }

  @Test
  void aManifestThatIsGoneForMinutesHoldsUpNobody() throws IOException {
    long unended = world.time.until(process.create(label())).join().id();
    world.register.set(List.of(new Checkpoint(10, unended)));
    CheckpointStore store = world.store(process, 1);
    SnapshotFiles next = world.snapshot(20, files(1, 2));
    assertThat(reason(store.keep(next))).contains("has not ended");

    world.time.pass(Duration.ofMinutes(5));

    expectStored(store.keep(next));
    assertThat(positions()).containsExactly(20L);
  }

  private static Label label() {
    return new Label(Use.CHECKPOINT, CheckpointWorld.SHARD, 1, 0);
  }

  @Test
  void aStoredFileThatIsDamagedIsFoundInTimeAndStoredAnew() throws IOException {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 3))));
    process.damage(world.ledgerOf("000002.sst"));
    SnapshotFiles last = world.snapshot(20, files(1, 3));
    for (int i = 0; i < 6; i++) {
      world.time.pass(Duration.ofMinutes(10));
      last = world.snapshot(30 + i, files(1, 3));
      expectStored(store.keep(last));
    }

    assertThat(store.figures().damagedFiles()).isEqualTo(1);
    assertThat(world.unnamed()).isEmpty();
    try (Download download = new Download(world.ground(process), null, new StopSign("test"))) {
      for (StoredFile file : world.manifest(world.register.checkpoints().getLast()).files()) {
        download.verify(file);
      }
    }
    world.expectWhole(world.register.checkpoints().getLast(), last);
  }

  @Test
  void anErrorIsNotTheEndOfStoring() {
    CheckpointStore store = world.store(process, 1);
    process.breakOnce(new OutOfMemoryError("unable to create native thread"));

    assertThat(reason(store.keep(world.snapshot(10, files(1, 4))))).contains("native thread");

    expectStored(store.keep(world.snapshot(20, files(1, 4))));
  }

  @Test
  void whatIsUnderWayEndsWhenTheStoreIsClosed() {
    CheckpointStore store = world.store(process, 1);
    world.time.after(Duration.ofMillis(500), store::close);

    String reason = reason(store.keep(world.snapshot(10, Map.of("1.sst", 4 << 20))));

    assertThat(reason).contains("shard 3", "stopped");
    assertThat(process.writtenBytes).isLessThan(1 << 20);
    assertThat(positions()).isEmpty();
    assertThat(store.figures().failures()).isZero();
  }

  @Test
  void ledgersOfCheckpointsAreKnownSoThatNobodyTakesThemForOrphans() {
    CheckpointStore store = world.store(process, 1);
    expectStored(store.keep(world.snapshot(10, files(1, 4))));
    expectStored(store.keep(world.snapshot(20, files(2, 5))));

    assertThat(world.named(world.register.checkpoints()))
        .containsExactlyInAnyOrderElementsOf(
            world.cloud.ledgers().stream().map(Listed::id).toList());
  }
}
