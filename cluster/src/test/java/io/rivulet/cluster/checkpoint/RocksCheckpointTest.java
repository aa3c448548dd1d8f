package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.Table;
import io.rivulet.storage.index.IndexConfig;
import io.rivulet.storage.index.RocksIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index as it is in RocksDB, through the death of its nodes. */
class RocksCheckpointTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final int ROWS = 2_000;
  private static final int VALUE_BYTES = 100;
  private static final int SHARD = CheckpointWorld.SHARD;

  private final Path data;
  private final CheckpointWorld world;
  private final SplittableRandom random = new SplittableRandom(11);

  /** What the rows of the index are, up to a position. */
  private final Map<Long, String> rows = new HashMap<>();

  /** What they were at each position. */
  private final Map<Long, Map<Long, String>> history = new HashMap<>();

  private long position;
  private long epoch;

  RocksCheckpointTest(@TempDir Path data) {
    this.data = data;
    world = new CheckpointWorld(data);
  }

  /** Owned by the test's thread. A node with its disk. */
  private final class Node {
    private final String name;
    private FaultyLedgers process = world.process();
    private CheckpointStore store;
    private Standbys standbys;

    Node(String name) {
      this.name = name;
      standbys = world.standbys(process, name + "-standby");
      store = world.store(process, epoch);
    }

    IndexConfig config() {
      return new IndexConfig(data.resolve(name).resolve("index"), 8 << 20, 1 << 20);
    }

    /** The node becomes the owner; its process is a new one. */
    RocksIndex takeOver() throws IOException {
      process = world.process();
      standbys = world.standbys(process, name + "-standby");
      store = world.store(process, ++epoch);
      ShardRecord taken = ShardRecord.made(SHARD, 0).withCheckpoints(world.register.checkpoints());
      CompletableFuture<Optional<SnapshotFiles>> found =
          standbys.take(taken, RocksIndex.knownPosition(config()));
      assertThat(found).isCompleted();
      process.writtenBytes = 0;
      RocksIndex index = RocksIndex.open(config(), position, store, found.join());
      standbys.unfollow(SHARD);
      return index;
    }

    void follow() {
      standbys.follow(SHARD, world.register.checkpoints());
    }
  }

  /** Writes rows, some of which replace others. */
  private void write(RocksIndex index, int count) {
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < count; i++) {
      long key = random.nextLong(4L * ROWS);
      byte[] value = new byte[VALUE_BYTES];
      random.nextBytes(value);
      batch.put(Table.QUEUE, key(key), value);
      rows.put(key, HEX.formatHex(value));
    }
    position += 1000;
    index.write(batch, position);
    history.put(position, Map.copyOf(rows));
  }

  /** What a take-over would do with the log after the index's position. */
  private void replay(RocksIndex index) {
    IndexBatch replayed = new IndexBatch();
    rows.forEach((key, value) -> replayed.put(Table.QUEUE, key(key), HEX.parseHex(value)));
    index.write(replayed, position);
  }

  private static byte[] key(long key) {
    return ByteBuffer.allocate(Long.BYTES).putLong(key).array();
  }

  private void expectAllRows(RocksIndex index) {
    assertThat(index.position()).isEqualTo(position);
    expectSame(rowsOf(index), rows);
  }

  /** It is as it was at its position, whoever made it. */
  private void expectRowsOfPosition(RocksIndex index) {
    expectSame(rowsOf(index), history.getOrDefault(index.position(), Map.of()));
  }

  private static void expectSame(Map<Long, String> found, Map<Long, String> wanted) {
    Set<Long> different = new TreeSet<>(found.keySet());
    different.addAll(wanted.keySet());
    different.removeIf(key -> Objects.equals(found.get(key), wanted.get(key)));
    assertThat(different).as("rows that differ, of %d", wanted.size()).isEmpty();
  }

  private static Map<Long, String> rowsOf(RocksIndex index) {
    Map<Long, String> found = new HashMap<>();
    index.scan(
        Table.QUEUE,
        key(0),
        key(Long.MAX_VALUE),
        (key, value) -> {
          found.put(ByteBuffer.wrap(key).getLong(), HEX.formatHex(value));
          return true;
        });
    return found;
  }

  private static void snapshot(RocksIndex index) throws IOException {
    index.snapshot();
    assertThat(index.isStoringSnapshot()).isFalse();
    assertThat(index.newestSnapshotPosition()).isEqualTo(index.position());
  }

  @Test
  void anotherNodeHasTheSameRows() throws IOException {
    try (RocksIndex index = new Node("a").takeOver()) {
      write(index, ROWS);
      snapshot(index);
    }

    try (RocksIndex other = new Node("b").takeOver()) {
      expectAllRows(other);
    }
  }

  @Test
  void onlyNewFilesAreStoredAndFetched() throws IOException {
    Node owner = new Node("a");
    Node standby = new Node("b");
    try (RocksIndex index = owner.takeOver()) {
      write(index, 10 * ROWS);
      snapshot(index);
      standby.follow();
      long first = owner.process.writtenBytes;
      owner.process.writtenBytes = 0;
      standby.process.readBytes = 0;

      write(index, ROWS / 10);
      snapshot(index);
      standby.follow();

      assertThat(first).isGreaterThan(500_000);
      assertThat(owner.process.writtenBytes).isLessThan(200_000);
      assertThat(standby.process.readBytes).isLessThan(200_000);
    }
    try (RocksIndex other = standby.takeOver()) {
      expectAllRows(other);
      // Its manifest alone, for the figures of its owner.
      assertThat(standby.process.readBytes).isLessThan(5_000);
    }
  }

  @Test
  void aNodeThatTakesOverStoresOnlyWhatIsNew() throws IOException {
    Node standby = new Node("b");
    try (RocksIndex index = new Node("a").takeOver()) {
      write(index, 10 * ROWS);
      snapshot(index);
      standby.follow();
    }

    try (RocksIndex other = standby.takeOver()) {
      write(other, ROWS / 10);
      snapshot(other);

      assertThat(standby.process.writtenBytes).isLessThan(200_000);
      expectAllRows(other);
    }
  }

  /**
   * What a node wrote after the last checkpoint has the names of other files at the next owner; and
   * when it owns the shard again, it has both at hand.
   */
  @Test
  void ownersComeAndGoAndEachHasAllRows() throws IOException {
    Node[] nodes = {new Node("a"), new Node("b"), new Node("c")};
    for (int round = 0; round < 15; round++) {
      Node owner = nodes[random.nextInt(nodes.length)];
      try (RocksIndex index = owner.takeOver()) {
        expectRowsOfPosition(index);
        replay(index);
        write(index, ROWS / 4);
        if (random.nextBoolean()) {
          snapshot(index);
        }
        write(index, ROWS / 4);
        index.flush();
        expectAllRows(index);
      }
      for (Node node : nodes) {
        if (node != owner && random.nextBoolean()) {
          node.follow();
        }
      }
    }

    try (RocksIndex index = nodes[0].takeOver()) {
      replay(index);
      write(index, 10);
      snapshot(index);
      snapshot(index);
    }
    try (RocksIndex fresh = new Node("d").takeOver()) {
      expectAllRows(fresh);
    }
    assertThat(world.register.checkpoints()).hasSize(2);
  }

  @Test
  void anIndexThatDoesNotChangeIsStoredAgainAfterAStorageNodeHasLostItsDisk() throws IOException {
    Node owner = new Node("a");
    Node standby = new Node("b");
    try (RocksIndex index = owner.takeOver()) {
      write(index, 10 * ROWS);
      snapshot(index);
      standby.follow();
      long first = owner.process.writtenBytes;
      assertThat(owner.store.figures().thinLedgers()).isZero();
      world.register.lostDisks = 1;
      assertThat(owner.store.figures().thinLedgers()).isPositive();
      owner.process.writtenBytes = 0;
      standby.process.readBytes = 0;

      snapshot(index);
      standby.follow();

      assertThat(owner.store.figures().thinLedgers()).isZero();
      assertThat(owner.process.writtenBytes).isGreaterThan(first - 10_000);
      // The files are at hand: only where they are stored is new.
      assertThat(standby.process.readBytes).isLessThan(10_000);
      assertThat(world.register.checkpoints()).hasSize(1);
      assertThat(world.unnamed()).isEmpty();
    }
    try (RocksIndex other = standby.takeOver()) {
      expectAllRows(other);
    }
  }

  @Test
  void anIndexThatIsLostWithItsDiskBeginsWithItsOwnCheckpoint() throws IOException {
    Node node = new Node("a");
    try (RocksIndex index = node.takeOver()) {
      write(index, 10 * ROWS);
      snapshot(index);
    }
    assertThat(RocksIndex.knownPosition(node.config())).isEqualTo(position);

    Node sameNameNewDisk = new Node("a-again");
    try (RocksIndex index = sameNameNewDisk.takeOver()) {
      expectAllRows(index);
      write(index, 10);
      snapshot(index);
      assertThat(sameNameNewDisk.process.writtenBytes).isLessThan(200_000);
    }
  }

  @Test
  void aNodeThatComesBackUsesWhatItHas() throws IOException {
    Node node = new Node("a");
    try (RocksIndex index = node.takeOver()) {
      write(index, ROWS);
      snapshot(index);
    }

    try (RocksIndex again = node.takeOver()) {
      expectAllRows(again);
      assertThat(node.process.reads).isLessThan(10);
    }
  }
}
