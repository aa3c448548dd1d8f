package io.rivulet.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.FileSums;
import io.rivulet.cluster.checkpoint.Pace;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.ledger.MemoryLedgers;
import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.shard.PlainStore;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparationsTest {
  private final SimulatedTime time = new SimulatedTime();
  private final PlainStore store = new PlainStore(time);
  private final ShardRecords records = new ShardRecords(store);
  private final Preparations preparations;

  PreparationsTest(@TempDir Path data) {
    CheckpointConfig config = CheckpointConfig.defaults();
    CheckpointGround ground =
        new CheckpointGround(
            config,
            new MemoryLedgers(time, new SplittableRandom(5)).node("a"),
            new FileSums(),
            new Pace(config.bytesPerSecond(), time.clock(), time),
            Patience.upTo(Duration.ofSeconds(1)),
            time.clock(),
            Runnable::run);
    preparations =
        new Preparations(new Standbys(ground, data, _ -> List.of(), time), records, time);
  }

  private void record(List<ShardRecord.Checkpoint> checkpoints) {
    time.until(
            records.put(ShardRecord.made(3, 0).withCheckpoints(checkpoints), MetadataStore.ABSENT))
        .join();
  }

  @Test
  void aShardWithoutCheckpointsIsReadyAtOnce() {
    record(List.of());

    CompletableFuture<Void> prepared = preparations.prepare(3);
    time.pass(Duration.ofMillis(10));

    assertThat(prepared).isCompleted();
  }

  @Test
  void whoIsForgottenAndPreparedAgainIsLookedAtNoMoreOftenThanOthers() {
    record(List.of());
    for (int i = 0; i < 10; i++) {
      var _ = preparations.prepare(3);
      preparations.forget(3);
    }
    var _ = preparations.prepare(3);
    time.pass(Duration.ofSeconds(4));
    int before = store.reads();

    time.pass(Duration.ofSeconds(20));

    assertThat(store.reads() - before).isLessThan(6);
  }

  @Test
  void aStoreThatIsSilentIsNotWaitedForForEver() {
    store.beSilent();

    CompletableFuture<Void> prepared = preparations.prepare(3);
    time.pass(Duration.ofSeconds(11));

    assertThat(prepared).isCompletedExceptionally();
    assertThat(prepared.exceptionNow()).hasMessageContaining("shard 3");
  }

  @Test
  void aCheckpointThatIsNotToBeHadIsNotWaitedForForEver() {
    record(List.of(new ShardRecord.Checkpoint(1 << 21, 999)));

    CompletableFuture<Void> prepared = preparations.prepare(3);
    time.pass(Duration.ofSeconds(21));

    assertThat(prepared).isCompleted();
  }
}
