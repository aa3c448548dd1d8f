package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.time.Clock;
import io.rivulet.storage.index.IndexConfig;
import io.rivulet.storage.index.RocksIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With threads of their own, as in a node. */
class CheckpointThreadsTest {
  private static final int SHARD = 1;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path data;
  private final ThreadedLedgers ledgers = new ThreadedLedgers();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Register register = new Register();
  private final CheckpointStore store;
  private final RocksIndex index;
  private long position;

  /** Safe for all threads: one volatile list. */
  private static final class Register implements CheckpointRegister {
    private volatile List<Checkpoint> list = List.of();

    @Override
    public List<Checkpoint> checkpoints() {
      return list;
    }

    @Override
    public long lostDisks() {
      return 0;
    }

    @Override
    public CompletableFuture<Boolean> publish(List<Checkpoint> checkpoints) {
      list = List.copyOf(checkpoints);
      return CompletableFuture.completedFuture(true);
    }
  }

  CheckpointThreadsTest(@TempDir Path data) throws IOException {
    this.data = data;
    store = CheckpointStore.open(ground(1 << 20), SHARD, 1, register);
    index = RocksIndex.open(config("a"), Long.MAX_VALUE, store, Optional.empty());
  }

  @AfterEach
  void close() {
    index.close();
    store.close();
    threads.shutdownNow();
    ledgers.close();
  }

  private CheckpointGround ground(long bytesPerSecond) {
    CheckpointConfig config =
        new CheckpointConfig(
            16 << 10,
            4,
            bytesPerSecond,
            1L << 40,
            1L << 30,
            Duration.ofMinutes(10),
            Duration.ofSeconds(30));
    return new CheckpointGround(
        config,
        ledgers,
        new FileSums(),
        new Pace(bytesPerSecond, Clock.system(), ledgers),
        Patience.upTo(config.answerTime()),
        Clock.system(),
        threads);
  }

  private IndexConfig config(String node) {
    return new IndexConfig(data.resolve(node).resolve("index"), 8 << 20, 1 << 20);
  }

  private Standbys standbys(String node) {
    return new Standbys(ground(8 << 20), data.resolve(node), _ -> List.of(), ledgers);
  }

  private void write(int rows) {
    SplittableRandom random = new SplittableRandom(position);
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < rows; i++) {
      byte[] value = new byte[1000];
      random.nextBytes(value);
      batch.put(
          Table.QUEUE, ByteBuffer.allocate(Long.BYTES).putLong(random.nextLong()).array(), value);
    }
    index.write(batch, ++position);
  }

  @Test
  void theIndexGoesOnWhileASnapshotIsBeingStored() throws IOException {
    write(2_000);
    final long snapshotOf = position;
    long before = System.nanoTime();

    // Two megabytes, at one megabyte per second.
    index.snapshot();
    for (int i = 0; i < 50; i++) {
      write(1);
      index.flush();
      index.snapshot();
    }

    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    assertThat(index.isStoringSnapshot()).as("after %d ms", took).isTrue();
    assertThat(index.newestSnapshotPosition()).isZero();
    await().atMost(PATIENCE).until(() -> !index.isStoringSnapshot());
    assertThat(index.newestSnapshotPosition()).isEqualTo(snapshotOf);
    index.snapshot();
    await().atMost(PATIENCE).until(() -> index.newestSnapshotPosition() == position);
  }

  @Test
  void aStandbyFollowsAndIsTakenWhileItFetches() throws Exception {
    try (Standbys standbys = standbys("b")) {
      for (int round = 0; round < 5; round++) {
        write(200);
        index.snapshot();
        await().atMost(PATIENCE).until(() -> index.newestSnapshotPosition() == position);
        standbys.follow(SHARD, register.list);
        standbys.follow(SHARD, register.list);
      }
      ShardRecord taken =
          ShardRecord.made(SHARD, 0).withHead(position).withCheckpoints(register.list);

      Optional<SnapshotFiles> found =
          standbys.take(taken, 0).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      assertThat(found).isPresent();
      assertThat(found.get().position()).isGreaterThanOrEqualTo(position - 1);
      try (RocksIndex other = RocksIndex.open(config("b"), position, store, found)) {
        assertThat(other.position()).isEqualTo(found.get().position());
      }
      standbys.unfollow(SHARD);
      await().atMost(PATIENCE).until(() -> standbys.figures().bytes() == 0);
    }
  }
}
