package io.rivulet.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.FileSums;
import io.rivulet.cluster.checkpoint.Pace;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.ledger.LedgerLog;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.ledger.MemoryLedgerNode;
import io.rivulet.cluster.ledger.MemoryLedgers;
import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.shard.PlainStore;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.ShardThreads;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.testkit.index.MemoryIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shard that node a serves, and that node b is to get. */
class WarmShardsTest {
  private static final int SHARD = 3;
  private static final int SHARDS = 4;

  private final SimulatedTime time = new SimulatedTime();
  private final MemoryLedgers cloud = new MemoryLedgers(time, new SplittableRandom(5));
  private final PlainStore store = new PlainStore(time);
  private final ShardRecords records = new ShardRecords(store);
  private final MemoryLedgerNode a = cloud.node("a");
  private final MemoryLedgerNode b = cloud.node("b");
  private final Indexes indexes = new Indexes();
  private final LateKeeper keeper = new LateKeeper();
  private final WarmShards warm;
  private LedgerLog log;
  private RunningShard shard;
  private int sent;

  WarmShardsTest(@TempDir Path data) throws IOException {
    CheckpointConfig config = CheckpointConfig.defaults();
    CheckpointGround ground =
        new CheckpointGround(
            config,
            b,
            new FileSums(),
            new Pace(config.bytesPerSecond(), time.clock(), time),
            Patience.upTo(Duration.ofSeconds(1)),
            time.clock(),
            Runnable::run);
    warm =
        new WarmShards(
            EngineConfig.defaults(),
            SHARDS,
            around(b),
            new Preparations(new Standbys(ground, data, _ -> List.of(), time), records, time),
            indexes,
            time.clock(),
            Runnable::run);
    time.until(records.put(ShardRecord.made(SHARD, 0), MetadataStore.ABSENT)).join();
    log = open(a);
    shard = serve(new MemoryIndex());
    settled(shard.defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
  }

  @Test
  void onlyWhatCameAfterwardsIsReplayedWhenTheShardComes() throws IOException {
    send(20);

    assertThat(warm.begin(SHARD)).isCompleted();
    assertThat(indexes.opened).hasSize(1);
    Index made = indexes.opened.getFirst();
    assertThat(made.position()).isPositive();
    send(2);
    log.close();
    log = open(b);
    Index index = warm.index(log.owned().current(), log, keeper);
    shard = serve(index);

    assertThat(index).isSameAs(made);
    assertThat(indexes.opened).hasSize(1);
    assertThat(shard.stats().start().replayedRecords()).isBetween(2L, 6L);
    assertThat(end()).isEqualTo(22);
  }

  @Test
  void theOwnerMayDieInstead() throws IOException {
    send(20);
    assertThat(warm.begin(SHARD)).isCompleted();
    a.kill();
    log = open(b);

    shard = serve(warm.index(log.owned().current(), log, keeper));

    assertThat(indexes.opened).hasSize(1);
    assertThat(end()).isEqualTo(20);
  }

  @Test
  void whatIsForgottenIsClosedAndOpenedAnewWhenItIsWantedAfterAll() throws IOException {
    send(3);
    var _ = warm.begin(SHARD);
    warm.forget(SHARD);
    assertThat(isClosed(indexes.opened.getFirst())).isTrue();

    var _ = warm.begin(SHARD);
    var _ = warm.begin(SHARD);
    assertThat(indexes.opened).hasSize(2);
    warm.forgetAll();
    assertThat(indexes.opened).allMatch(WarmShardsTest::isClosed);

    log.close();
    log = open(b);
    shard = serve(warm.index(log.owned().current(), log, keeper));
    assertThat(end()).isEqualTo(3);
  }

  @Test
  void whatCanNotBeLookedAtIsOpenedWhenTheShardComes() throws IOException {
    send(3);
    b.cutOff(true, false);

    assertThat(warm.begin(SHARD)).isCompleted();
    b.heal();
    log.close();
    log = open(b);
    shard = serve(warm.index(log.owned().current(), log, keeper));

    assertThat(end()).isEqualTo(3);
  }

  @Test
  void aStoreThatSaysNothingIsNotWaitedForLong() throws IOException {
    send(3);
    store.beSilent();

    assertThat(warm.begin(SHARD)).isCompleted();
    warm.forgetAll();

    assertThat(indexes.opened).isEmpty();
  }

  // ---- the shard

  private Surroundings around(MemoryLedgerNode node) {
    return new Surroundings(
        node,
        records,
        time,
        time.clock(),
        new Semaphore(1),
        future -> {
          for (int step = 0; step < 10_000 && !future.isDone() && time.step(); step++) {}
          assertThat(future).as("it ends by itself").isDone();
        });
  }

  private LedgerLog open(MemoryLedgerNode node) {
    ShardRecords.Versioned found = time.until(records.read(SHARD)).join().orElseThrow();
    return time.until(LedgerLog.open(LedgerLogConfig.defaults(), around(node), found, node.name()))
        .join();
  }

  private RunningShard serve(Index index) throws IOException {
    RunningShard served =
        new RunningShard(
            EngineConfig.defaults(),
            log,
            index,
            time.clock(),
            new SplittableRandom(7),
            new Quiet(),
            new ShardThreads(Runnable::run, Runnable::run, Runnable::run),
            new ShardNumber(SHARD, SHARDS));
    served.recover();
    return served;
  }

  private void send(int count) {
    for (int i = 0; i < count; i++) {
      Message message = Message.builder("chat", "m" + sent++, new byte[10]).liteTopic("s").build();
      assertThat(settled(shard.send("c", List.of(message))).getFirst().isOk()).isTrue();
    }
    // So that what was acknowledged last is known to be.
    time.pass(Duration.ofSeconds(1));
  }

  private long end() {
    return settled(shard.describeStream("chat", "s")).value().endOffset();
  }

  static boolean isClosed(Index index) {
    try {
      index.flush();
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private <T> T settled(CompletableFuture<T> asked) {
    for (int i = 0; i < 1000 && !asked.isDone(); i++) {
      shard.shard().turn();
      time.pass(Duration.ofMillis(5));
    }
    assertThat(asked).isDone();
    return asked.join();
  }

  /** Owned by the test. Indexes in memory. */
  private static final class Indexes implements IndexHome {
    final List<MemoryIndex> opened = new ArrayList<>();

    @Override
    public Index open(
        int number, long logEnd, SnapshotKeeper snapshots, Optional<SnapshotFiles> beginning) {
      MemoryIndex index = new MemoryIndex();
      opened.add(index);
      return index;
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

  private static final class Quiet implements EngineListener {
    @Override
    public void unsubscribed(String clientId, String group, String topic, String liteTopic) {}

    @Override
    public void unreadLost(String group, String topic, long count) {}

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
