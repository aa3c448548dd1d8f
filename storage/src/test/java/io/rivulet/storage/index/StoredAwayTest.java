package io.rivulet.storage.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.index.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index whose snapshots are stored away from its machine, or begin there. */
class StoredAwayTest {
  private static final long ANY_END = Long.MAX_VALUE;

  /** Owned by the test's thread. Stores when it is told to. */
  private static final class SlowKeeper implements SnapshotKeeper {
    final List<SnapshotFiles> given = new ArrayList<>();
    private CompletableFuture<Void> storing = new CompletableFuture<>();
    private long oldest;
    private long newest;

    @Override
    public CompletableFuture<Void> keep(SnapshotFiles snapshot) {
      given.add(snapshot);
      storing = new CompletableFuture<>();
      return storing;
    }

    void stored() {
      oldest = newest == 0 ? given.getLast().position() : newest;
      newest = given.getLast().position();
      storing.complete(null);
    }

    void notStored() {
      storing.completeExceptionally(new IOException("says the test"));
    }

    @Override
    public long oldestPosition() {
      return oldest;
    }

    @Override
    public long newestPosition() {
      return newest;
    }
  }

  private final SlowKeeper keeper = new SlowKeeper();
  @TempDir private Path data;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  StoredAwayTest() {}

  private IndexConfig config(String node) {
    return new IndexConfig(data.resolve(node).resolve("index"), 8 << 20, 1 << 20);
  }

  private RocksIndex open(String node, @Nullable SnapshotFiles beginning) throws IOException {
    return RocksIndex.open(config(node), ANY_END, keeper, Optional.ofNullable(beginning));
  }

  private static void put(RocksIndex index, long position, String value) {
    IndexBatch batch = new IndexBatch();
    batch.put(Table.META, bytes("a"), bytes(value));
    index.write(batch, position);
  }

  private static String read(RocksIndex index) {
    byte @Nullable [] value = index.get(Table.META, bytes("a"));
    return value == null ? "nothing" : new String(value, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A copy of a snapshot, as another node has it. */
  private SnapshotFiles fetched(SnapshotFiles snapshot) throws IOException {
    Path folder = Files.createDirectory(data.resolve("fetched-" + snapshot.position()));
    try (var files = Files.list(snapshot.folder())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    return new SnapshotFiles(snapshot.position(), folder);
  }

  @Test
  void aSnapshotCountsOnceItIsStored() throws IOException {
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");

      index.snapshot();

      assertThat(index.isStoringSnapshot()).isTrue();
      assertThat(index.oldestSnapshotPosition()).isZero();
      keeper.stored();
      assertThat(index.isStoringSnapshot()).isFalse();
      assertThat(index.oldestSnapshotPosition()).isEqualTo(10);
      assertThat(index.newestSnapshotPosition()).isEqualTo(10);
    }
  }

  @Test
  void noneIsMadeWhileOneIsBeingStoredAndItsFilesStay() throws IOException {
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");
      index.snapshot();

      for (int position = 20; position < 60; position += 10) {
        put(index, position, "2");
        index.snapshot();
      }

      assertThat(keeper.given).hasSize(1);
      assertThat(keeper.given.getFirst().folder().resolve("CURRENT")).exists();
      keeper.stored();
      index.snapshot();
      assertThat(keeper.given).extracting(SnapshotFiles::position).containsExactly(10L, 50L);
    }
  }

  @Test
  void oneThatCouldNotBeStoredIsHandedOverAnew() throws IOException {
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");
      index.snapshot();

      keeper.notStored();
      index.snapshot();

      assertThat(keeper.given).extracting(SnapshotFiles::position).containsExactly(10L, 10L);
    }
  }

  @Test
  void anotherNodeBeginsWithWhatItHasFetched() throws IOException {
    SnapshotFiles fetched;
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");
      index.snapshot();
      fetched = fetched(keeper.given.getFirst());
    }

    try (RocksIndex other = open("b", fetched)) {
      assertThat(other.position()).isEqualTo(10);
      assertThat(read(other)).isEqualTo("1");
      put(other, 20, "2");
      other.flush();
    }
    Snapshots.delete(fetched.folder());
    try (RocksIndex again = open("b", null)) {
      assertThat(again.position()).isEqualTo(20);
      assertThat(read(again)).isEqualTo("2");
    }
  }

  @Test
  void whatIsFetchedReplacesAnIndexThatIsOlder() throws IOException {
    try (RocksIndex old = open("b", null)) {
      put(old, 5, "old");
    }
    SnapshotFiles fetched;
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");
      index.snapshot();
      fetched = fetched(keeper.given.getFirst());
    }

    try (RocksIndex other = open("b", fetched)) {
      assertThat(other.position()).isEqualTo(10);
      assertThat(read(other)).isEqualTo("1");
    }
  }

  @Test
  void anIndexThatIsNewerThanWhatIsFetchedIsKept() throws IOException {
    SnapshotFiles fetched;
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");
      index.snapshot();
      fetched = fetched(keeper.given.getFirst());
      put(index, 20, "2");
    }

    try (RocksIndex again = open("a", fetched)) {
      assertThat(again.position()).isEqualTo(20);
      assertThat(read(again)).isEqualTo("2");
    }
  }

  @Test
  void whatIsHereIsKnownWithoutOpeningIt() throws IOException {
    assertThat(RocksIndex.knownPosition(config("a"))).isZero();
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");
      index.snapshot();
      put(index, 20, "2");
    }

    assertThat(RocksIndex.knownPosition(config("a"))).isEqualTo(10);
  }

  @Test
  void filesOnAnotherDiskAreCopied() throws IOException {
    Path shared = Path.of("/dev/shm");
    assumeTrue(Files.isWritable(shared));
    SnapshotFiles fetched;
    try (RocksIndex index = open("a", null)) {
      put(index, 10, "1");
      index.snapshot();
      fetched = keeper.given.getFirst();
    }
    Path folder = Files.createTempDirectory(shared, "rivulet-index");
    try (RocksIndex other =
        RocksIndex.open(
            new IndexConfig(folder.resolve("index"), 8 << 20, 1 << 20),
            ANY_END,
            keeper,
            Optional.of(fetched))) {
      assertThat(read(other)).isEqualTo("1");
    } finally {
      Snapshots.delete(folder);
    }
  }
}
