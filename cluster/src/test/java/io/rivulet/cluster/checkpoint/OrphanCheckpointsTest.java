package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.metadata.MemoryStore;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphanCheckpointsTest {
  private static final int SHARD = CheckpointWorld.SHARD;
  private static final Duration LONG = Duration.ofMinutes(11);

  private final Path data;

  OrphanCheckpointsTest(@TempDir Path data) {
    this.data = data;
  }

  /** Owned by the test's thread. A shard whose owners follow each other. */
  private static final class World {
    final CheckpointWorld around;
    final FaultyLedgers looking;
    final ShardRecords records;

    World(Path data) {
      around = new CheckpointWorld(data);
      looking = around.process();
      MemoryStore store =
          new MemoryStore(around.time, new SplittableRandom(2), Duration.ofSeconds(3));
      records = new ShardRecords(store.node("looks"));
      around.time.pass(Duration.ofSeconds(1));
      get(records.put(ShardRecord.made(SHARD, 0), MetadataStore.ABSENT));
    }

    <T> T get(CompletableFuture<T> future) {
      return around.time.until(future).join();
    }

    ShardRecord stored() {
      return get(records.read(SHARD)).orElseThrow().shardRecord();
    }

    /** Another process becomes the owner. */
    CheckpointStore takeOver(FaultyLedgers process) {
      ShardRecords.Versioned before = get(records.read(SHARD)).orElseThrow();
      ShardRecord taken = before.shardRecord().takenOver("somebody", List.of());
      long version = get(records.put(taken, before.version())).getAsLong();
      OwnedRecord owned =
          new OwnedRecord(records, around.time, new ShardRecords.Versioned(taken, version));
      return CheckpointStore.open(
          around.ground(process), SHARD, taken.epoch(), CheckpointRegister.in(owned));
    }

    SnapshotFiles snapshot(long position, int from, int to) {
      Map<String, Integer> files = new TreeMap<>();
      for (int i = from; i <= to; i++) {
        files.put("%06d.sst".formatted(i), 5_000);
      }
      return around.snapshot(position, files);
    }

    int remove() {
      return get(new OrphanCheckpoints(looking, records, around.time.clock()).remove());
    }

    long unnamed() {
      var named = around.named(stored().checkpoints());
      return around.cloud.ledgers().stream().filter(each -> !named.contains(each.id())).count();
    }
  }

  @Test
  void whereverAnOwnerDiesNothingIsLeftOfItAndNothingElseGoes() throws IOException {
    boolean isDead = true;
    long found = 0;
    for (int step = 0; isDead; step++) {
      World world = new World(data.resolve("step-" + step));
      FaultyLedgers dying = world.around.process();
      CheckpointStore first = world.takeOver(dying);
      var _ = first.keep(world.snapshot(10, 1, 3));
      var _ = first.keep(world.snapshot(20, 2, 4));
      dying.dieAt(step);
      var _ = first.keep(world.snapshot(30, 4, 6));
      isDead = dying.isDead();
      world.around.time.pass(LONG);
      assertThat(world.remove()).as("its epoch may not be over yet").isZero();
      SnapshotFiles last = world.snapshot(40, 5, 7);
      CheckpointStore next = world.takeOver(world.around.process());

      long orphans = world.unnamed();
      assertThat(world.remove()).isEqualTo((int) orphans);

      found += orphans;
      assertThat(world.unnamed()).isZero();
      assertThat(next.keep(last)).isCompleted();
      world.around.expectWhole(world.stored().checkpoints().getLast(), last);
    }
    assertThat(found).isGreaterThan(30);
  }

  @Test
  void whatIsYoungStays() {
    World world = new World(data);
    FaultyLedgers dying = world.around.process();
    CheckpointStore store = world.takeOver(dying);
    dying.dieAt(20);
    var _ = store.keep(world.snapshot(10, 1, 3));
    world.takeOver(world.around.process());
    assertThat(world.unnamed()).isPositive();

    assertThat(world.remove()).isZero();

    world.around.time.pass(LONG);
    assertThat(world.remove()).isPositive();
  }

  @Test
  void aShardWhoseManifestCannotBeReadIsLeftAlone() {
    World world = new World(data);
    CheckpointStore store = world.takeOver(world.around.process());
    var _ = store.keep(world.snapshot(10, 1, 3));
    world.takeOver(world.around.process());
    world.around.time.pass(LONG);
    int ledgers = world.around.cloud.ledgers().size();
    world.looking.damage(world.stored().checkpoints().getLast().manifestLedger());

    assertThat(world.remove()).isZero();

    assertThat(world.around.cloud.ledgers()).hasSize(ledgers);
  }

  @Test
  void ledgersOfLogsAndOfShardsThatAreNotKnownAreNotLookedAt() {
    World world = new World(data);
    LedgerStore ledgers = world.around.process();
    world.get(ledgers.create(new Label(Use.LOG, SHARD, 0, 0)));
    world.get(ledgers.create(new Label(Use.CHECKPOINT, SHARD + 1, 0, 0)));
    world.takeOver(world.around.process());
    world.around.time.pass(LONG);

    assertThat(world.remove()).isZero();

    assertThat(world.around.cloud.ledgers()).hasSize(2);
  }
}
