package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandbysTest {
  private static final int LARGE = 10_000;
  private static final int SHARD = CheckpointWorld.SHARD;
  private static final Duration RETRY = Duration.ofSeconds(15);

  private final Path data;
  private final CheckpointWorld world;
  private final FaultyLedgers owner;
  private final CheckpointStore store;
  private final FaultyLedgers process;
  private final Standbys standbys;

  StandbysTest(@TempDir Path data) {
    this.data = data;
    world = new CheckpointWorld(data);
    owner = world.process();
    store = world.store(owner, 1);
    process = world.process();
    standbys = world.standbys(process, "b");
  }

  private static Map<String, Integer> files(int from, int to) {
    Map<String, Integer> files = new TreeMap<>();
    for (int i = from; i <= to; i++) {
      files.put("%06d.sst".formatted(i), LARGE);
    }
    return files;
  }

  /** The owner stores a snapshot with files of these numbers. */
  private SnapshotFiles stored(long position, int from, int to) {
    SnapshotFiles snapshot = world.snapshot(position, files(from, to));
    assertThat(store.keep(snapshot)).isCompleted();
    return snapshot;
  }

  private void follow() {
    standbys.follow(SHARD, world.register.checkpoints());
  }

  private long position() {
    return standbys.positions().getOrDefault(SHARD, -1L);
  }

  /** The shard's record as whoever has taken it over finds it. */
  private ShardRecord taken(long head) {
    return ShardRecord.made(SHARD, 0).withHead(head).withCheckpoints(world.register.checkpoints());
  }

  private static SnapshotFiles had(CompletableFuture<Optional<SnapshotFiles>> taken) {
    assertThat(taken).isCompleted();
    return taken.join().orElseThrow();
  }

  private static void expectSame(SnapshotFiles found, SnapshotFiles wanted) {
    assertThat(found.position()).isEqualTo(wanted.position());
    assertThat(CheckpointWorld.contents(found.folder()))
        .isEqualTo(CheckpointWorld.contents(wanted.folder()));
  }

  private Path folder(String node) {
    return data.resolve(node).resolve("" + SHARD);
  }

  private static List<String> names(Path folder) {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (var entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- following

  @Test
  void whatIsFollowedIsAtHand() {
    SnapshotFiles snapshot = stored(10, 1, 5);

    follow();

    assertThat(position()).isEqualTo(10);
    expectSame(had(standbys.take(taken(0), 0)), snapshot);
  }

  @Test
  void onlyNewFilesAreFetchedAndOldOnesGo() throws IOException {
    stored(10, 1, 20);
    follow();
    Path old = had(standbys.take(taken(0), 0)).folder().resolve("000007.sst");
    Object inode = Files.getAttribute(old, "unix:ino");
    SnapshotFiles next = stored(20, 2, 21);
    process.readBytes = 0;

    follow();

    SnapshotFiles found = had(standbys.take(taken(0), 0));
    expectSame(found, next);
    assertThat(process.readBytes).isBetween((long) LARGE, LARGE + 10_000L);
    assertThat(Files.getAttribute(found.folder().resolve("000007.sst"), "unix:ino"))
        .isEqualTo(inode);
    assertThat(names(folder("b"))).hasSize(1);
    assertThat(standbys.figures().fetchedBytes()).isBetween(21L * LARGE, 21L * LARGE + 200);
    assertThat(standbys.figures().linkedBytes()).isEqualTo(19 * LARGE);
  }

  @Test
  void anErrorIsNotTheEndOfFollowing() {
    stored(10, 1, 5);
    process.breakOnce(new NoClassDefFoundError("of something"));

    follow();
    assertThat(position()).isZero();
    world.time.pass(RETRY);

    assertThat(position()).isEqualTo(10);
  }

  @Test
  void aTakeOverHearsOfAnError() {
    stored(10, 1, 5);
    process.breakOnce(new OutOfMemoryError("unable to create native thread"));

    CompletableFuture<Optional<SnapshotFiles>> taken = standbys.take(taken(0), 0);

    assertThat(taken).isCompletedExceptionally();
  }

  @Test
  void theSameSaidAgainChangesNothing() {
    stored(10, 1, 5);
    follow();
    process.reads = 0;

    follow();

    assertThat(process.reads).isZero();
  }

  @Test
  void whatAnEarlierProcessFetchedIsUsed() {
    SnapshotFiles snapshot = stored(10, 1, 5);
    follow();
    standbys.close();
    FaultyLedgers again = world.process();
    Standbys next = world.standbys(again, "b");

    next.follow(SHARD, world.register.checkpoints());

    assertThat(again.reads).isZero();
    expectSame(had(next.take(taken(0), 0)), snapshot);
  }

  @Test
  void figuresTellHowFarBehindItIs() {
    stored(10, 1, 5);
    follow();
    assertThat(standbys.figures().upToDate()).isEqualTo(1);
    assertThat(standbys.figures().behindMillis()).isZero();
    assertThat(standbys.figures().files()).isEqualTo(7);
    assertThat(standbys.figures().bytes()).isBetween(5L * LARGE, 5L * LARGE + 100);
    stored(20, 2, 6);
    world.cloud.setStorageNodes(0);

    follow();
    world.time.pass(Duration.ofSeconds(40));

    assertThat(standbys.figures().shards()).isEqualTo(1);
    assertThat(standbys.figures().upToDate()).isZero();
    assertThat(standbys.figures().behindMillis()).isBetween(40_000L, 42_000L);
    assertThat(standbys.figures().failures()).isEqualTo(3);
    assertThat(position()).isEqualTo(10);
  }

  @Test
  void whatCannotBeFetchedIsTriedAgain() {
    stored(10, 1, 5);
    world.cloud.setStorageNodes(0);
    follow();
    assertThat(position()).isZero();

    world.cloud.setStorageNodes(3);
    world.time.pass(RETRY);

    assertThat(position()).isEqualTo(10);
  }

  @Test
  void filesAreFetchedNoFasterThanTheyMayBe() {
    assertThat(store.keep(world.snapshot(10, Map.of("1.sst", 4 << 20)))).isCompleted();
    long before = world.time.clock().nanos();

    follow();

    assertThat(Duration.ofNanos(world.time.clock().nanos() - before))
        .isBetween(Duration.ofMillis(3900), Duration.ofSeconds(6));
    assertThat(process.mostInFlight).isLessThanOrEqualTo(4);
  }

  @Test
  void whatIsFollowedNoMoreGoes() {
    stored(10, 1, 5);
    follow();

    standbys.unfollow(SHARD);

    assertThat(names(folder("b"))).isEmpty();
    assertThat(standbys.positions()).isEmpty();
    assertThat(standbys.figures().bytes()).isZero();
  }

  @Test
  void whatAnEarlierProcessFollowedGoesUnlessItIsFollowedStill() throws IOException {
    stored(10, 1, 5);
    follow();
    standbys.close();
    Standbys next = world.standbys(world.process(), "b");
    next.keepOnly(Set.of(SHARD));
    assertThat(names(folder("b"))).hasSize(1);

    next.keepOnly(Set.of(SHARD + 1));

    assertThat(names(folder("b"))).isEmpty();
  }

  @Test
  void aShardWithoutCheckpointsIsFollowedUntilThereIsOne() {
    standbys.follow(SHARD, List.of());
    assertThat(position()).isZero();
    assertThat(standbys.figures().upToDate()).isEqualTo(1);

    stored(10, 1, 2);
    follow();

    assertThat(position()).isEqualTo(10);
  }

  // ---- deaths and damage

  @Test
  void whereverItDiesNothingIsFetchedTwiceAndNothingHalfIsUsed() throws IOException {
    SnapshotFiles old = stored(10, 1, 6);
    List<Checkpoint> first = world.register.checkpoints();
    SnapshotFiles snapshot = stored(20, 4, 10);
    int deaths = 0;
    boolean isDead = true;
    for (int step = 0; isDead; step++) {
      String node = "dies-" + step;
      FaultyLedgers dying = world.process();
      Standbys early = world.standbys(dying, node);
      early.follow(SHARD, first);
      dying.dieAt(step);
      long readBefore = dying.readBytes;

      early.follow(SHARD, world.register.checkpoints());

      isDead = dying.isDead();
      deaths += isDead ? 1 : 0;
      expectSame(
          new Standby(world.ground(dying), SHARD, folder(node), new StandbyCounters())
              .atHand()
              .orElseThrow()
              .snapshot(),
          isDead ? old : snapshot);
      FaultyLedgers again = world.process();
      Standbys next = world.standbys(again, node);
      next.follow(SHARD, world.register.checkpoints());
      expectSame(had(next.take(taken(0), 0)), snapshot);
      // Both read the manifest; the file that was not whole is read again.
      assertThat(dying.readBytes - readBefore + again.readBytes)
          .isLessThan(4 * LARGE + LARGE + 8000);
      assertThat(names(folder(node))).hasSize(1);
    }
    assertThat(deaths).isGreaterThan(40);
  }

  @Test
  void aDamagedFileIsFoundAndTheOlderCheckpointIsUsed() {
    SnapshotFiles old = stored(10, 1, 5);
    SnapshotFiles snapshot = stored(20, 2, 6);
    process.damage(world.ledgerOf("000006.sst"));

    follow();

    assertThat(position()).isEqualTo(10);
    assertThat(standbys.figures().damaged()).isEqualTo(1);
    expectSame(had(standbys.take(taken(10), 0)), old);
    // The owner's next one does not share the damaged file.
    SnapshotFiles next = world.snapshot(30, files(7, 9));
    assertThat(store.keep(next)).isCompleted();
    follow();
    assertThat(position()).isEqualTo(30);
    assertThat(snapshot.position()).isLessThan(position());
  }

  @Test
  void aDamagedOrMissingManifestIsFoundAndTheOlderCheckpointIsUsed() {
    SnapshotFiles old = stored(10, 1, 5);
    stored(20, 2, 6);
    long manifest = world.register.checkpoints().getLast().manifestLedger();
    process.damage(manifest);
    follow();
    assertThat(position()).isEqualTo(10);
    var _ = world.time.until(owner.delete(manifest)).join();
    Standbys other = world.standbys(world.process(), "c");

    other.follow(SHARD, world.register.checkpoints());

    expectSame(had(other.take(taken(10), 0)), old);
  }

  @Test
  void aFolderThatIsNotWholeIsNotUsed() throws IOException {
    stored(10, 1, 3);
    Checkpoint checkpoint = world.register.checkpoints().getLast();
    Path half =
        folder("b")
            .resolve("%020d-%d.unfinished".formatted(10, checkpoint.manifestLedger()))
            .resolve("files");
    Files.createDirectories(half);
    Files.writeString(half.resolve("000001.sst"), "half");

    SnapshotFiles found = had(standbys.take(taken(10), 0));

    assertThat(Files.size(found.folder().resolve("000001.sst"))).isEqualTo(LARGE);
    assertThat(names(folder("b"))).hasSize(1);
  }

  // ---- taking over

  @Test
  void aTakeOverWithTheFilesAtHandReadsNothing() {
    SnapshotFiles snapshot = stored(10, 1, 5);
    follow();
    stored(20, 2, 6);
    process.reads = 0;

    SnapshotFiles found = had(standbys.take(taken(10), 0));

    // What is at hand is the older of two: the log after it is replayed.
    expectSame(found, snapshot);
    assertThat(process.reads).isZero();
  }

  @Test
  void aTakeOverWithoutFilesFetchesThemAtOnce() {
    assertThat(store.keep(world.snapshot(10, Map.of("1.sst", 4 << 20)))).isCompleted();
    long before = world.time.clock().nanos();

    SnapshotFiles found = had(standbys.take(taken(10), 0));

    assertThat(found.position()).isEqualTo(10);
    assertThat(Duration.ofNanos(world.time.clock().nanos() - before))
        .isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void aTakeOverWithAnIndexThatIsAsNewFetchesNothing() {
    stored(10, 1, 5);
    stored(20, 1, 5);

    assertThat(standbys.take(taken(10), 20)).isCompletedWithValue(Optional.empty());
    assertThat(standbys.take(taken(10), 15)).isCompletedWithValue(Optional.empty());

    assertThat(process.reads).isZero();
  }

  @Test
  void filesAtHandThatAreOlderThanAllCheckpointsAreNotUsed() {
    stored(10, 1, 5);
    follow();
    stored(20, 2, 6);
    SnapshotFiles last = stored(30, 3, 7);
    assertThat(position()).isEqualTo(10);

    expectSame(had(standbys.take(taken(20), 0)), last);
  }

  @Test
  void aShardThatHasNoCheckpointYetIsReplayedFromItsBeginning() {
    assertThat(standbys.take(taken(0), 0)).isCompletedWithValue(Optional.empty());
  }

  @Test
  void withoutAnyCheckpointMoreIsReplayedIfTheLogIsThere() {
    stored(10, 1, 5);
    stored(20, 2, 6);
    world.register.checkpoints().forEach(each -> process.damage(each.manifestLedger()));

    assertThat(standbys.take(taken(0), 0)).isCompletedWithValue(Optional.empty());
    assertThat(standbys.take(taken(4), 5)).isCompletedWithValue(Optional.empty());
  }

  @Test
  void withoutAnyCheckpointAndWithoutTheLogItFails() {
    stored(10, 1, 5);
    stored(20, 2, 6);
    world.register.checkpoints().forEach(each -> process.damage(each.manifestLedger()));

    var taken = standbys.take(taken(10), 0);

    assertThat(taken).isCompletedExceptionally();
    assertThat(taken.exceptionNow())
        .hasMessageContaining("shard 3")
        .hasMessageContaining("begins at 10")
        .hasMessageContaining("damaged");
  }

  @Test
  void aTakeOverDoesNotWaitForWhatIsBeingFetched() {
    Map<String, Integer> sizes = new TreeMap<>();
    for (int i = 0; i < 40; i++) {
      sizes.put("%06d.sst".formatted(i), 100_000);
    }
    SnapshotFiles snapshot = world.snapshot(10, sizes);
    assertThat(store.keep(snapshot)).isCompleted();
    List<CompletableFuture<Optional<SnapshotFiles>>> takes = new ArrayList<>();
    // At most a second's worth of files is there by then.
    List<Runnable> tasks = new ArrayList<>();
    CheckpointGround ground = world.ground(process);
    CheckpointGround queued =
        new CheckpointGround(
            ground.config(),
            process,
            ground.sums(),
            ground.pace(),
            ground.patience(),
            ground.clock(),
            tasks::add);
    Standbys slow = new Standbys(queued, data.resolve("slow"), _ -> List.of(), world.time);
    slow.follow(SHARD, world.register.checkpoints());
    world.time.after(Duration.ofSeconds(1), () -> takes.add(slow.take(taken(10), 0)));
    long before = world.time.clock().nanos();

    tasks.removeFirst().run();
    assertThat(takes).hasSize(1);
    tasks.removeFirst().run();

    expectSame(had(takes.getFirst()), snapshot);
    assertThat(Duration.ofNanos(world.time.clock().nanos() - before))
        .isLessThan(Duration.ofMillis(1500));
    assertThat(slow.figures().failures()).isZero();
    assertThat(process.readBytes).isLessThan(4_000_000 + 200_000);
  }

  @Test
  void afterATakeOverTheFilesGoOrAreBroughtUpToDate() {
    stored(10, 1, 5);
    follow();
    had(standbys.take(taken(10), 0));
    stored(20, 2, 6);

    follow();
    assertThat(position()).isEqualTo(20);
    had(standbys.take(taken(10), 0));
    standbys.unfollow(SHARD);

    assertThat(names(folder("b"))).isEmpty();
  }

  @Test
  void filesOfAnIndexThatThisNodeHadAreNotFetched() throws IOException {
    SnapshotFiles snapshot = stored(10, 1, 10);
    Path index = Files.createDirectories(data.resolve("index"));
    for (int i = 1; i <= 9; i++) {
      String name = "%06d.sst".formatted(i);
      Files.copy(snapshot.folder().resolve(name), index.resolve(name));
    }
    // Another index of the same shard gave this name to something else.
    Files.write(index.resolve("000009.sst"), new byte[LARGE]);
    Files.writeString(index.resolve("CURRENT"), "MANIFEST-000010\n");
    Standbys other = world.standbys(process, "c", data.resolve("nowhere"), index);

    other.follow(SHARD, world.register.checkpoints());

    expectSame(had(other.take(taken(10), 0)), snapshot);
    assertThat(other.figures().linkedBytes()).isEqualTo(8 * LARGE);
    // What the index changes later must not change here.
    Files.writeString(index.resolve("CURRENT"), "MANIFEST-000099\n");
    expectSame(had(other.take(taken(10), 0)), snapshot);
  }

  @Test
  void whoTakesOverNeedNotReadTheFilesToStoreThemAgain() throws IOException {
    stored(10, 1, 5);
    CheckpointGround ground = world.ground(process);
    new Standbys(ground, data.resolve("b"), _ -> List.of(), world.time)
        .follow(SHARD, world.register.checkpoints());
    CheckpointGround restarted = world.ground(process);
    SnapshotFiles found =
        had(
            new Standbys(restarted, data.resolve("b"), _ -> List.of(), world.time)
                .take(taken(10), 0));

    Path file = found.folder().resolve("000003.sst");
    long known = restarted.sums().of(file, null, world.patience(), stopped());

    assertThat(known)
        .isEqualTo(ground.sums().of(file, null, world.patience(), new StopSign("test")));
  }

  /** Whoever would read a file stops at once. */
  private static StopSign stopped() {
    StopSign stop = new StopSign("reading a file");
    stop.raise();
    return stop;
  }
}
