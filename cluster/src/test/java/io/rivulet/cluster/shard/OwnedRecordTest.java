package io.rivulet.cluster.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.metadata.MetadataException;
import io.rivulet.cluster.metadata.MetadataStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OwnedRecordTest {
  private final SimulatedTime time = new SimulatedTime();
  private final PlainStore store = new PlainStore(time);
  private final ShardRecords records = new ShardRecords(store);

  @Test
  void aRecordIsReadAsItWasStored() {
    ShardRecord made =
        ShardRecord.made(3, 99)
            .takenOver("node-a", List.of(ShardRecord.Ledger.open(7, 1 << 21)))
            .withHead(1 << 21)
            .withCheckpoints(List.of(new ShardRecord.Checkpoint(5, 8)));

    get(records.put(made, MetadataStore.ABSENT));

    assertThat(stored()).isEqualTo(made);
    assertThat(get(store.get("/rivulet/shards/3")).orElseThrow().value())
        .contains("\"epoch\":1")
        .contains("\"owner\":\"node-a\"");
  }

  @Test
  void aRecordOfAnEarlierVersionIsRead() {
    get(
        store.put(
            "/rivulet/shards/3",
            """
            {"shard":3,"epoch":1,"owner":"a","head":0,"checkpoints":[],"madeMillis":9,
             "ledgers":[{"id":1,"base":0,"lastAppendMillis":5,"sizeBytes":6,"entries":7}]}
            """,
            MetadataStore.ABSENT));

    assertThat(stored().ledgers()).containsExactly(new ShardRecord.Ledger(1, 0, 5, 6, 7));
    assertThat(stored().lostDisks()).isZero();
  }

  @Test
  void disksThatWereLostAreCounted() {
    LostDisks disks = new LostDisks(store);
    assertThat(get(disks.count())).isZero();

    get(disks.tell("a"));
    get(disks.tell("b"));
    get(disks.tell("a"));

    assertThat(get(disks.count())).isEqualTo(3);
  }

  @Test
  void whatIsNoRecordIsNotTakenForOne() {
    get(store.put("/rivulet/shards/3", "{\"shard\":\"three\"}", MetadataStore.ABSENT));

    assertThatThrownBy(() -> get(records.read(3)))
        .hasCauseInstanceOf(MetadataException.class)
        .hasMessageContaining("/rivulet/shards/3");
  }

  @Test
  void changesFollowOneAnother() {
    OwnedRecord owned = own();

    var _ = owned.change(each -> each.withHead(each.head() + 1));
    var _ = owned.change(each -> each.withHead(each.head() * 10));
    get(owned.change(each -> each.withOwner("other")));

    assertThat(stored().head()).isEqualTo(10);
    assertThat(stored().owner()).isEqualTo("other");
    assertThat(owned.current()).isEqualTo(stored());
  }

  @Test
  void aChangeWhoseAnswerIsLostHappensOnce() {
    OwnedRecord owned = own();
    store.loseAnswers(2);

    get(owned.change(each -> each.withHead(each.head() + 1)));
    get(owned.change(each -> each.withHead(each.head() + 1)));

    assertThat(stored().head()).isEqualTo(2);
    assertThat(owned.isLost()).isFalse();
  }

  @Test
  void aChangeThatDidNotArriveIsTriedAgain() {
    OwnedRecord owned = own();
    store.loseRequests(5);

    get(owned.change(each -> each.withHead(7)));

    assertThat(stored().head()).isEqualTo(7);
  }

  @Test
  void aChangeOfSomebodyElsesEndsIt() {
    OwnedRecord owned = own();
    ShardRecords.Versioned found = get(records.read(3)).orElseThrow();
    get(records.put(found.shardRecord().takenOver("node-b", List.of()), found.version()));

    CompletableFuture<ShardRecord> change = owned.change(each -> each.withHead(7));
    CompletableFuture<ShardRecord> next = owned.change(each -> each.withHead(8));

    assertThatThrownBy(() -> get(change))
        .hasCauseInstanceOf(OwnedRecord.LostException.class)
        .hasMessageContaining("'node-b'")
        .hasMessageContaining("epoch 1");
    assertThatThrownBy(() -> get(next)).hasCauseInstanceOf(OwnedRecord.LostException.class);
    assertThat(owned.whenLost()).isCompleted();
    assertThat(stored().head()).isZero();
  }

  @Test
  void afterTheEndNothingIsTriedAgainAndTheShardIsNotTakenForLost() {
    OwnedRecord owned = own();
    store.loseRequests(1000);
    CompletableFuture<ShardRecord> change = owned.change(each -> each.withHead(7));

    owned.close();
    time.pass(Duration.ofSeconds(1));

    assertThat(change).isCompletedExceptionally();
    assertThat(owned.isLost()).isFalse();
  }

  private OwnedRecord own() {
    ShardRecord owned = ShardRecord.made(3, 99);
    long version = get(records.put(owned, MetadataStore.ABSENT)).orElseThrow();
    return new OwnedRecord(records, time, new ShardRecords.Versioned(owned, version));
  }

  private ShardRecord stored() {
    return get(records.read(3)).orElseThrow().shardRecord();
  }

  private <T> T get(CompletableFuture<T> future) {
    return time.until(future).join();
  }
}
