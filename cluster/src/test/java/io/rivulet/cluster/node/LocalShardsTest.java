package io.rivulet.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.FileSums;
import io.rivulet.cluster.checkpoint.Pace;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.ledger.BookKeeperLedgers;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.ledger.RealCluster;
import io.rivulet.cluster.ledger.SharedCluster;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.index.MemoryIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Shards of node a, and of node b, on real ledgers and real metadata; indexes in memory. */
@ExtendWith(SharedCluster.class)
class LocalShardsTest {
  private final RealCluster cluster;
  private final Path folder;
  private final int shard;
  private final BookKeeperLedgers ledgers;
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private final Indexes indexes = new Indexes();
  private final List<String> ended = new CopyOnWriteArrayList<>();
  private final LocalShards a;
  private final LocalShards b;

  LocalShardsTest(RealCluster cluster, @TempDir Path folder) {
    this.cluster = cluster;
    this.folder = folder;
    shard = cluster.makeShard();
    ledgers = cluster.ledgers();
    a = node("a", indexes);
    b = node("b", new Indexes());
  }

  @AfterEach
  void close() {
    indexes.mayOpen.countDown();
    a.close();
    b.close();
    background.close();
    ledgers.close();
  }

  @Test
  void itIsServedUntilItIsLetGoAndAgainAfterwards() {
    assertThat(open(a)).isEqualTo(1);
    assertThat(a.serving()).containsOnlyKeys(shard);
    assertThat(a.epochs()).isEqualTo(Map.of(shard, 1L));

    RealCluster.get(a.close(shard));
    assertThat(a.serving()).isEmpty();
    RealCluster.get(a.close(shard));

    assertThat(open(b)).isEqualTo(2);
    RealCluster.get(b.close(shard));
    assertThat(open(a)).isEqualTo(3);
    assertThat(ended).isEmpty();
  }

  @Test
  void whatWaitsForTheOneBeforeItIsNotOpenedIfItIsNotWantedAnyMore() {
    indexes.mayOpen = new CountDownLatch(1);
    CompletableFuture<Long> first = a.open(shard, ended::add);
    await().until(() -> indexes.begun() == 1);
    CompletableFuture<Void> firstClosed = a.close(shard);
    CompletableFuture<Long> second = a.open(shard, ended::add);
    CompletableFuture<Void> secondClosed = a.close(shard);
    CompletableFuture<Long> third = a.open(shard, ended::add);
    assertThat(List.of(first, second, third)).noneMatch(CompletableFuture::isDone);

    indexes.mayOpen.countDown();

    assertThatThrownBy(() -> RealCluster.get(first)).isInstanceOf(CancellationException.class);
    assertThatThrownBy(() -> RealCluster.get(second)).isInstanceOf(CancellationException.class);
    RealCluster.get(firstClosed);
    RealCluster.get(secondClosed);
    // One epoch for the first, which had its log already, and none for the second.
    assertThat(RealCluster.get(third)).isEqualTo(2);
    assertThat(a.serving()).containsOnlyKeys(shard);
    assertThat(indexes.mostOpen).as("open at the same time").isEqualTo(1);
  }

  @Test
  void oneThatIsThereIsNotOpenedTwice() {
    open(a);

    assertThatThrownBy(() -> open(a)).hasRootCauseMessage("shard %d has not ended here yet", shard);
    assertThat(a.serving()).containsOnlyKeys(shard);
    assertThat(indexes.begun()).isEqualTo(1);
  }

  @Test
  void whatFailsHalfWayIsLetGo() {
    indexes.failure = new IOException("the index is broken");

    assertThatThrownBy(() -> open(a)).hasRootCauseMessage("the index is broken");
    assertThat(a.serving()).isEmpty();
    assertThat(a.epochs()).isEmpty();

    assertThat(open(b)).isEqualTo(2);
    RealCluster.get(b.close(shard));
    indexes.failure = null;
    assertThat(open(a)).isEqualTo(3);
    assertThat(ended).isEmpty();
  }

  @Test
  void whatAnotherNodeServesLaterEndsAndSaysSo() {
    open(a);
    assertThat(open(b)).isEqualTo(2);

    a.servedElsewhere(Map.of(shard, 1L));
    assertThat(a.serving()).as("of its own epoch").containsOnlyKeys(shard);
    a.servedElsewhere(Map.of(shard, 2L));

    await().until(() -> !ended.isEmpty());
    assertThat(ended).singleElement().asString().contains("serves it in epoch 2");
    assertThat(a.serving()).isEmpty();
    await().until(() -> indexes.open() == 0);
    assertThat(b.serving()).containsOnlyKeys(shard);
  }

  // ---- nodes

  private long open(LocalShards node) {
    return RealCluster.get(node.open(shard, ended::add));
  }

  private LocalShards node(String name, IndexHome home) {
    Surroundings around = cluster.around(ledgers);
    CheckpointConfig config = CheckpointConfig.defaults();
    Clock clock = around.clock();
    CheckpointGround ground =
        new CheckpointGround(
            config,
            ledgers,
            new FileSums(),
            new Pace(config.bytesPerSecond(), clock, around.timer()),
            Patience.upTo(config.answerTime()),
            clock,
            background);
    Standbys standbys = new Standbys(ground, folder.resolve(name), _ -> List.of(), around.timer());
    return new LocalShards(
        new LocalShards.Ground(
            name,
            shard + 1,
            EngineConfig.defaults(),
            LedgerLogConfig.defaults(),
            around,
            cluster.store(),
            ground,
            new Preparations(standbys, around.records(), around.timer()),
            home,
            clock),
        Silent::new);
  }

  /** Safe for all threads. Indexes in memory, of which one shard has one at a time. */
  private static final class Indexes implements IndexHome {
    private final List<MemoryIndex> opened = new CopyOnWriteArrayList<>();
    volatile CountDownLatch mayOpen = new CountDownLatch(0);
    volatile @Nullable IOException failure;
    volatile int mostOpen;
    private volatile int begun;

    @Override
    public synchronized Index open(
        int number, long logEnd, SnapshotKeeper keeper, Optional<SnapshotFiles> beginning)
        throws IOException {
      begun++;
      try {
        mayOpen.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      IOException broken = failure;
      if (broken != null) {
        throw broken;
      }
      MemoryIndex index = new MemoryIndex();
      opened.add(index);
      mostOpen = Math.max(mostOpen, open());
      return index;
    }

    int begun() {
      return begun;
    }

    int open() {
      return (int) opened.stream().filter(index -> !WarmShardsTest.isClosed(index)).count();
    }

    @Override
    public long knownPosition(int number) {
      return 0;
    }

    @Override
    public List<Path> folders(int number) {
      return List.of();
    }
  }

  private static final class Silent implements LocalShards.News {
    @Override
    public void ready(int shard, String group, String topic, String clientId) {}

    @Override
    public void unsubscribed(String clientId, String group, String topic, String liteTopic) {}

    @Override
    public void unreadLost(String group, String topic, long count) {}

    @Override
    public void limitsWanted(int shard, long delayMillis) {}

    @Override
    public void outgoing(int shard) {}

    @Override
    public void subscriptionNews(int shard) {}

    @Override
    public void changed() {}
  }
}
