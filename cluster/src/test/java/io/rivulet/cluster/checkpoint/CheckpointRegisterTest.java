package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.metadata.MemoryStore;
import io.rivulet.cluster.metadata.MemoryStoreNode;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.cluster.shard.ShardRecords;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The list of checkpoints in a shard's record. */
class CheckpointRegisterTest {
  private static final List<Checkpoint> LIST =
      List.of(new Checkpoint(10, 4), new Checkpoint(20, 9));

  private final SimulatedTime time = new SimulatedTime();
  private final MemoryStore store =
      new MemoryStore(time, new SplittableRandom(1), Duration.ofSeconds(3));
  private final MemoryStoreNode node = store.node("a");
  private final ShardRecords records = new ShardRecords(node);
  private final OwnedRecord owned;
  private final CheckpointRegister register;

  CheckpointRegisterTest() {
    time.pass(Duration.ofSeconds(1));
    ShardRecord first = ShardRecord.made(3, 0).takenOver("a", List.of());
    long version = get(records.put(first, MetadataStore.ABSENT)).getAsLong();
    owned = new OwnedRecord(records, time, new ShardRecords.Versioned(first, version));
    register = CheckpointRegister.in(owned);
  }

  private <T> T get(CompletableFuture<T> future) {
    return time.until(future).join();
  }

  private ShardRecord stored() {
    return get(records.read(3)).orElseThrow().shardRecord();
  }

  @Test
  void whatIsPublishedIsInTheRecordAndTheRestOfItStays() {
    assertThat(register.checkpoints()).isEmpty();

    assertThat(get(register.publish(LIST))).isTrue();

    assertThat(register.checkpoints()).isEqualTo(LIST);
    assertThat(stored().checkpoints()).isEqualTo(LIST);
    assertThat(stored().owner()).isEqualTo("a");
  }

  @Test
  void changesOfTheLogDoNotGetInTheWay() {
    CompletableFuture<ShardRecord> rolled =
        owned.change(each -> each.withLedger(ShardRecord.Ledger.open(77, 0)));
    CompletableFuture<Boolean> published = register.publish(LIST);
    CompletableFuture<ShardRecord> trimmed = owned.change(each -> each.withHead(5));

    get(trimmed);

    assertThat(rolled).isCompleted();
    assertThat(published).isCompletedWithValue(true);
    assertThat(stored().checkpoints()).isEqualTo(LIST);
    assertThat(stored().ledgers()).hasSize(1);
    assertThat(stored().head()).isEqualTo(5);
  }

  @Test
  void anOwnerThatHasBeenReplacedPublishesNothing() {
    ShardRecords.Versioned before = get(records.read(3)).orElseThrow();
    ShardRecord next = before.shardRecord().takenOver("b", List.of());
    get(records.put(next, before.version()));

    assertThat(get(register.publish(LIST))).isFalse();

    assertThat(stored()).isEqualTo(next);
    assertThat(get(register.publish(LIST))).isFalse();
  }

  @Test
  void withoutTheMetadataStoreItWaitsUntilThatIsBack() {
    store.setAvailable(false);
    CompletableFuture<Boolean> published = register.publish(LIST);
    time.pass(Duration.ofMinutes(1));
    assertThat(published).isNotDone();

    store.setAvailable(true);

    assertThat(get(published)).isTrue();
    assertThat(stored().checkpoints()).isEqualTo(LIST);
  }
}
