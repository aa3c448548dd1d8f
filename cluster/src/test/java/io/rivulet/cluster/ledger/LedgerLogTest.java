package io.rivulet.cluster.ledger;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Listed;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.shard.LostDisks;
import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.testkit.log.CommitLogContractTest;
import io.rivulet.testkit.log.RecordingListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LedgerLogTest {
  private final SimulatedShard shard = new SimulatedShard(7);
  private final SimulatedTime time = shard.time();
  private final MemoryLedgers cloud = shard.cloud();
  private final MemoryLedgerNode a = cloud.node("a");
  private final MemoryLedgerNode b = cloud.node("b");
  private final LedgerLogConfig config = LedgerLogConfig.defaults().withRollBytes(64 << 10);
  private final RecordingListener listener = new RecordingListener();

  // ---- looking at a log

  @Test
  void whoLooksAtALogSeesWhatIsAcknowledgedAndItsOwnerGoesOn() throws IOException {
    LedgerLog log = open(a);
    for (int i = 0; i < 5; i++) {
      append(log, "x".repeat(40_000));
      time.pass(Duration.ofSeconds(3));
    }
    append(log, "last");
    time.pass(Duration.ofSeconds(1));
    assertThat(shard.stored().ledgers()).hasSizeGreaterThan(1);

    try (PeekedLog peeked = PeekedLog.open(shard.around(b), shard.stored())) {
      assertThat(peeked.end()).isEqualTo(log.end());
      List<String> seen = CommitLogContractTest.contents(peeked);
      assertThat(seen).isEqualTo(CommitLogContractTest.contents(log)).hasSize(6);
      long third = peeked.head() + (2L << 21);
      List<Long> bases = new ArrayList<>();
      peeked.replay(third + 1, (base, _) -> bases.add(base));
      assertThat(bases).hasSize(3);
      assertThatThrownBy(() -> peeked.read(0, 1)).hasMessageContaining("shard 5");
    }

    append(log, "after");
    time.pass(Duration.ofSeconds(1));
    assertThat(log.durableEnd()).isEqualTo(log.end());
  }

  @Test
  void aLogWithoutEntriesEndsWhereItBegins() throws IOException {
    LedgerLog log = open(a);
    try (PeekedLog peeked = PeekedLog.open(shard.around(b), shard.stored())) {
      assertThat(peeked.end()).isEqualTo(log.end());
      assertThat(CommitLogContractTest.contents(peeked)).isEmpty();
    }
  }

  // ---- taking over

  @Test
  void whoTakesOverFindsWhatWasAcknowledgedAndTheFormerOwnerCanAppendNoMore() throws IOException {
    LedgerLog old = open(a);
    append(old, "one");
    append(old, "two");
    old.sync(old.end());

    LedgerLog next = shard.open(b, config);
    append(old, "late");
    time.pass(Duration.ofSeconds(5));

    assertThat(CommitLogContractTest.contents(next)).containsExactly("one", "two");
    assertThat(next.end()).isEqualTo(old.durableEnd());
    assertThat(listener.failure()).hasMessageContaining("shard 5").hasMessageContaining("'b'");
    assertThat(old.wasTakenOver(requireNonNull(listener.failure()))).isTrue();
    assertThat(old.hasRoomFor(1, Urgency.RESERVE)).isFalse();
    assertThatThrownBy(() -> append(old, "later")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theRecordSaysWhoOwnsTheShardInWhichEpochAndWhatItsLogIsMadeOf() {
    LedgerLog log = open(a);
    append(log, "one");
    time.pass(Duration.ofSeconds(1));
    shard.open(b, config);

    ShardRecord stored = shard.stored();

    assertThat(stored.epoch()).isEqualTo(2);
    assertThat(stored.owner()).isEqualTo("b");
    assertThat(stored.ledgers()).hasSize(2);
    assertThat(stored.ledgers().getFirst().entries()).isEqualTo(1);
    assertThat(stored.ledgers().getFirst().sizeBytes()).isEqualTo(3);
    assertThat(stored.ledgers().getLast().isOpen()).isTrue();
    assertThat(stored.ledgers().getLast().base()).isEqualTo(1 << 21);
  }

  @Test
  void ofTwoWhoTakeOverAtTheSameTimeOneIsTheOwner() {
    CompletableFuture<LedgerLog> first = shard.opening(a, config);
    CompletableFuture<LedgerLog> second = shard.opening(b, config);
    time.pass(Duration.ofSeconds(5));

    assertThat(first.isCompletedExceptionally()).isNotEqualTo(second.isCompletedExceptionally());
    CompletableFuture<LedgerLog> lost = first.isCompletedExceptionally() ? first : second;
    assertThat(LedgerException.causeOf(lost.exceptionNow()))
        .isInstanceOf(OwnedRecord.LostException.class);
    assertThat(cloud.ledgers()).hasSize(1);
  }

  @Test
  void ledgersWithoutEntriesDoNotAddUp() {
    for (int i = 0; i < 5; i++) {
      shard.open(a, config);
      time.pass(Duration.ofSeconds(1));
    }

    assertThat(shard.stored().ledgers()).hasSize(1);
    assertThat(cloud.ledgers()).hasSize(1);
  }

  @Test
  void aShardThatIsLetGoInOrderHasNoOwnerAndNothingToRecover() {
    LedgerLog log = open(a);
    append(log, "one");
    append(log, "two");

    shard.get(log.closeInOrder());

    assertThat(shard.stored().owner()).isEmpty();
    assertThat(shard.stored().ledgers()).hasSize(1).noneMatch(ShardRecord.Ledger::isOpen);
    assertThat(log.durableEnd()).isEqualTo(log.end());
  }

  @Test
  void aLogThatCannotBeEndedInOrderIsReleasedNevertheless() {
    LedgerLog log = open(a);
    a.cutOff(true, true);
    append(log, "one");

    CompletableFuture<Void> closed = log.closeInOrder();
    time.pass(Duration.ofSeconds(6));

    assertThat(closed).isCompleted();
    assertThat(shard.stored().owner()).isEqualTo("a");
  }

  @Test
  void whoWaitsForALogThatCannotBeWrittenEndsWithIt() {
    LedgerLog log = open(a);
    cloud.setStorageNodes(1);
    append(log, "one");
    time.after(Duration.ofSeconds(8), log::abandon);

    assertThatThrownBy(() -> log.sync(log.end())).isInstanceOf(IOException.class);

    assertThat(log.durableEnd()).isZero();
  }

  // ---- rolling

  @Test
  void entriesGoOnIntoTheOldLedgerWhileTheNextOneIsMade() throws IOException {
    LedgerLog log = open(a);
    append(log, "x".repeat(70_000));
    shard.store().loseRequests(1000);

    for (int i = 0; i < 50; i++) {
      append(log, "entry " + i);
      time.pass(Duration.ofMillis(20));
    }

    assertThat(log.durableEnd()).isEqualTo(log.end());
    assertThat(log.segments()).hasSize(1);
    shard.store().loseRequests(0);
    time.pass(Duration.ofSeconds(2));
    append(log, "into the next one");
    assertThat(log.segments()).hasSize(2);
    assertThat(CommitLogContractTest.contents(log, 1 << 21)).hasSize(50);
  }

  @Test
  void anOldLedgerIsFollowedByANewOneThoughNothingIsAppended() {
    LedgerLog log = open(a);
    append(log, "one");
    long ledger = shard.stored().ledgers().getFirst().id();

    time.pass(Duration.ofMinutes(61));

    assertThat(shard.stored().ledgers()).hasSize(2);
    assertThat(shard.stored().ledgers().getFirst())
        .isEqualTo(
            new ShardRecord.Ledger(ledger, 0, log.segments().getFirst().lastAppendMillis(), 3, 1));
    assertThat(log.segments()).hasSize(1);
  }

  @Test
  void whatIsTrimmedIsForgottenByTheRecordAndRemoved() throws IOException {
    LedgerLog log = open(a);
    for (int i = 0; i < 3; i++) {
      append(log, "x".repeat(70_000));
      time.pass(Duration.ofSeconds(1));
    }
    append(log, "last");
    time.pass(Duration.ofSeconds(1));
    List<Listed> before = cloud.ledgers();

    log.trim(log.segments().get(1).end());
    time.pass(Duration.ofSeconds(1));

    assertThat(cloud.ledgers()).isEqualTo(before.subList(2, before.size()));
    assertThat(shard.stored().head()).isEqualTo(2 << 21).isEqualTo(log.head());
    assertThat(shard.stored().ledgers()).hasSize(2);
  }

  @Test
  void whatCouldNotBeSentIntoTheNextLedgerIsNotAcknowledgedWithWhatFollows() throws IOException {
    LedgerLog log = open(a);
    append(log, "x".repeat(70_000));
    while (log.ledgers() == 1) {
      append(log, "into the old one");
      time.pass(Duration.ofMillis(1));
    }
    append(log, "waits");
    a.breakNextAppend(new OutOfMemoryError("no direct memory"));
    time.pass(Duration.ofSeconds(1));

    assertThat(listener.failure()).hasMessageContaining("no direct memory");
    assertThatThrownBy(() -> append(log, "later")).isInstanceOf(IllegalStateException.class);
    assertThat(shard.open(b, config).end()).isEqualTo(log.durableEnd());
  }

  @Test
  void anEntryThatGotAnotherNumberThanItsOwnEndsTheLog() {
    LedgerLog log = open(a);
    append(log, "one");
    time.pass(Duration.ofSeconds(1));
    a.forgetNextAppend();
    append(log, "two");

    append(log, "three");
    time.pass(Duration.ofSeconds(1));

    assertThat(listener.failure()).hasMessageContaining("became number 1");
    assertThat(log.wasTakenOver(requireNonNull(listener.failure()))).isFalse();
    assertThat(log.durableEnd()).isEqualTo(3);
  }

  // ---- storage nodes that are missing

  @Test
  void withTwoNodesTheLogGoesOnInTwoCopiesAndInThreeWhenTheThirdIsBack() {
    LedgerLog log = open(a);
    append(log, "in three");

    cloud.setStorageNodes(2);
    append(log, "in two, though a third is expected");
    time.pass(Duration.ofSeconds(1));
    assertThat(log.copies()).isEqualTo(2);
    assertThat(log.durableEnd()).isEqualTo(log.end());
    long first = lastLedger();
    time.pass(config.nodePatience().plusSeconds(2));
    long second = lastLedger();
    append(log, "in two");
    time.pass(Duration.ofSeconds(1));
    cloud.setStorageNodes(3);
    time.pass(config.nodePatience().plusSeconds(2));
    long third = lastLedger();

    assertThat(second).isNotEqualTo(first);
    assertThat(third).isNotEqualTo(second);
    assertThat(log.copies()).isEqualTo(3);
    assertThat(log.durableEnd()).isEqualTo(log.end());
  }

  @Test
  void withOneNodeWritesAreRefusedAndReadsGoOn() throws IOException {
    LedgerLog log = open(a);
    long base = append(log, "before");
    time.pass(Duration.ofMinutes(2));

    cloud.setStorageNodes(1);
    time.pass(Duration.ofMinutes(10));

    assertThat(log.hasRoomFor(1, Urgency.NORMAL)).isFalse();
    assertThat(log.hasRoomFor(1, Urgency.RESERVE)).isFalse();
    assertThat(log.whyNotNow())
        .hasValueSatisfying(why -> assertThat(why).contains("fewer than two storage nodes"));
    assertThat(CommitLogContractTest.text(log.read(base, 6))).isEqualTo("before");
    assertThat(listener.failure()).isNull();
    cloud.setStorageNodes(2);
    assertThat(log.hasRoomFor(1, Urgency.NORMAL)).isTrue();
  }

  @Test
  void whatWasUnderWayWhenTheNodesWentAwayIsWrittenUnderItsPositionWhenTheyAreBack()
      throws IOException {
    LedgerLog log = open(a);
    append(log, "before");
    log.sync(log.end());
    cloud.setStorageNodes(1);
    long base = append(log, "under way");
    time.pass(Duration.ofMinutes(3));

    assertThat(log.hasRoomFor(1, Urgency.RESERVE)).isFalse();
    assertThat(log.heldFor()).isGreaterThan(Duration.ofMinutes(2));
    assertThat(log.durableEnd()).isLessThan(base);
    assertThat(CommitLogContractTest.text(log.read(base, 9))).isEqualTo("under way");
    cloud.setStorageNodes(3);
    time.pass(Duration.ofSeconds(2));

    assertThat(log.heldFor()).isZero();
    assertThat(log.durableEnd()).isEqualTo(base + 9);
    append(log, "after");
    log.sync(log.end());
    LedgerLog next = shard.open(b, config);
    assertThat(CommitLogContractTest.contents(next))
        .containsExactly("before", "under way", "after");
    assertThat(CommitLogContractTest.text(next.read(base, 9))).isEqualTo("under way");
  }

  @Test
  void aLedgerThatAStorageNodeRecoveredIsFollowedByAnotherOne() throws IOException {
    LedgerLog log = open(a);
    append(log, "before");
    log.sync(log.end());

    shard.get(b.recover(lastLedger()));
    append(log, "after");
    log.sync(log.end());

    assertThat(CommitLogContractTest.contents(log)).containsExactly("before", "after");
    assertThat(listener.failure()).isNull();
    assertThat(shard.stored().epoch()).isEqualTo(1);
  }

  @Test
  void anOwnerWhoCannotWriteThoughTheNodesRunGivesUp() {
    LedgerLog log = open(a);
    // Its ledgers can't be written any more, and none can be made: requests get lost.
    a.cutOff(false, true);
    append(log, "one");
    a.pretendNodes(3);

    time.pass(config.holdLimit().plusSeconds(5));

    assertThat(listener.failure()).isNotNull();
    assertThat(listener.durable()).isZero();
  }

  @Test
  void anOwnerWhoWasFencedLetsGoAlthoughTheStoreDoesNotSayWhoIsTheOwnerNow() {
    LedgerLog old = open(a);
    append(old, "one");
    time.pass(Duration.ofSeconds(1));
    shard.open(b, config);
    shard.store().loseRequests(Integer.MAX_VALUE);

    append(old, "two");
    time.pass(config.holdLimit().minusSeconds(2));
    assertThat(listener.failure()).as("it may have been fenced by a storage node").isNull();
    time.pass(Duration.ofSeconds(5));

    assertThat(listener.failure()).hasMessageContaining("cluster.log.hold-limit");
    assertThat(old.durableEnd()).isEqualTo(3);
  }

  @Test
  void anOwnerWhoWasFencedHasNoRoomAndSaysWhyWithTheFirstEntryThatIsRefused() {
    LedgerLog old = open(a);
    append(old, "one");
    time.pass(Duration.ofSeconds(1));
    shard.open(b, config);
    shard.store().beSilent();
    assertThat(old.canBeTakenOver()).isTrue();
    assertThat(old.hasRoomFor(10, Urgency.RESERVE)).as("it does not know yet").isTrue();

    append(old, "two");
    time.pass(Duration.ofMillis(100));

    assertThat(old.hasRoomFor(10, Urgency.RESERVE)).isFalse();
    assertThat(old.whyNotNow())
        .hasValueSatisfying(why -> assertThat(why).contains("another owner"));
  }

  @Test
  void anOwnerWhoWasFencedLetsGoAlsoIfTheStoreIsSilent() {
    LedgerLog old = open(a);
    append(old, "one");
    time.pass(Duration.ofSeconds(1));
    shard.open(b, config);
    shard.store().beSilent();

    append(old, "two");
    time.pass(config.holdLimit().plusSeconds(5));

    assertThat(listener.failure()).isNotNull();
  }

  @Test
  void theTimeInWhichTooFewNodesRunDoesNotCount() throws IOException {
    LedgerLog log = open(a);
    cloud.setStorageNodes(1);
    shard.store().loseRequests(Integer.MAX_VALUE);
    append(log, "one");
    time.pass(Duration.ofMinutes(3));
    cloud.setStorageNodes(3);
    time.pass(config.holdLimit().dividedBy(2));
    shard.store().loseRequests(0);

    log.sync(log.end());

    assertThat(listener.failure()).isNull();
    assertThat(log.durableEnd()).isEqualTo(log.end());
  }

  @Test
  void whenTheNodesAreNearlyFullOnlyWhatFreesRoomIsTaken() {
    LedgerLog log = open(a);

    cloud.setNearlyFull(true);

    assertThat(log.whyNotNow()).isEmpty();
    assertThat(log.hasRoomFor(1, Urgency.NORMAL)).isFalse();
    assertThat(log.hasRoomFor(1, Urgency.RESERVE)).isTrue();
  }

  @Test
  void whatIsNotWrittenIsBounded() {
    LedgerLog log = shard.open(a, config.withMaxUnwrittenBytes(4 << 20));
    log.start(listener);
    for (int i = 0; i < 4; i++) {
      append(log, "x".repeat(1 << 20));
    }

    assertThat(log.unwrittenBytes()).isEqualTo(4 << 20);
    assertThat(log.hasRoomFor(1, Urgency.NORMAL)).isFalse();
    assertThat(log.hasRoomFor(1, Urgency.RESERVE)).isTrue();
    time.pass(Duration.ofSeconds(1));
    assertThat(log.hasRoomFor(1, Urgency.NORMAL)).isTrue();
  }

  @Test
  void whatWasWrittenInTwoCopiesIsCopiedIntoThreeUnderItsPositions() throws IOException {
    LedgerLog log = open(a);
    long first = append(log, "in three");
    log.sync(log.end());
    cloud.setStorageNodes(2);
    long second = append(log, "in two, though a third is expected");
    time.pass(config.nodePatience().plusSeconds(2));
    long third = append(log, "in two");
    time.pass(Duration.ofMinutes(1));
    assertThat(log.thinLedgers()).isEqualTo(2);

    cloud.setStorageNodes(3);
    time.pass(Duration.ofMinutes(1));

    assertThat(log.thinLedgers()).isZero();
    assertThat(shard.stored().ledgers())
        .hasSize(3)
        .allMatch(ledger -> cloud.isWhole(ledger.id()) && !ledger.isThin());
    assertThat(cloud.ledgers()).hasSize(3);
    time.pass(Duration.ofMinutes(2));
    assertThat(CommitLogContractTest.text(log.read(first, 8))).isEqualTo("in three");
    assertThat(CommitLogContractTest.text(log.read(second, 6))).isEqualTo("in two");
    assertThat(CommitLogContractTest.text(log.read(third, 6))).isEqualTo("in two");
    assertThat(CommitLogContractTest.contents(log)).hasSize(3);
    assertThat(CommitLogContractTest.contents(shard.open(b, config))).hasSize(3);
  }

  @Test
  void whatAFormerOwnerLeftIsCopiedForNobodyKnowsWhoHoldsIt() {
    LedgerLog old = open(a);
    append(old, "one");
    time.pass(Duration.ofSeconds(1));
    LedgerLog log = shard.open(b, config);
    log.start(new RecordingListener());
    assertThat(log.thinLedgers()).isEqualTo(1);
    long left = shard.stored().ledgers().getFirst().id();

    time.pass(Duration.ofMinutes(1));

    assertThat(log.thinLedgers()).isZero();
    assertThat(cloud.ledgers().stream().map(Listed::id)).doesNotContain(left);
  }

  @Test
  void allIsCopiedWhenAStorageNodeHasLostItsDisk() throws IOException {
    LedgerLog log = open(a);
    for (int i = 0; i < 3; i++) {
      append(log, i + "x".repeat(70_000));
      time.pass(Duration.ofSeconds(1));
    }
    List<Listed> before = cloud.ledgers();

    shard.get(new LostDisks(shard.store()).tell("c"));
    time.pass(Duration.ofMinutes(3));

    assertThat(log.thinLedgers()).isZero();
    assertThat(cloud.ledgers()).doesNotContainAnyElementsOf(before.subList(0, 3));
    assertThat(CommitLogContractTest.contents(log)).hasSize(3);
    List<Listed> copies = cloud.ledgers();
    time.pass(Duration.ofMinutes(3));
    assertThat(cloud.ledgers()).as("copied once").isEqualTo(copies);
  }

  @Test
  void aCopyThatWasBegunBeforeADiskWasLostIsCopiedAgain() {
    LedgerLog old = shard.open(a, LedgerLogConfig.defaults());
    old.start(listener);
    for (int i = 0; i < 60; i++) {
      append(old, i + "x".repeat(100_000));
    }
    time.pass(Duration.ofSeconds(1));
    // It takes 90 s to copy what that one has left.
    LedgerLog log = shard.open(b, config.withRefillBytesPerSecond(64 << 10));
    log.start(new RecordingListener());
    time.pass(Duration.ofSeconds(30));
    shard.get(new LostDisks(shard.store()).tell("c"));
    time.pass(Duration.ofMinutes(1));
    assertThat(shard.stored().lostDisks()).isEqualTo(1);
    List<Long> before = cloud.ledgers().stream().map(Listed::id).toList();
    long left = shard.stored().ledgers().getFirst().id();

    shard.waitUntil(() -> shard.stored().ledgers().getFirst().id() != left);
    assertThat(before).contains(shard.stored().ledgers().getFirst().id());
    assertThat(shard.stored().ledgers().getFirst().isThin()).isTrue();
    time.pass(Duration.ofMinutes(5));

    assertThat(log.thinLedgers()).isZero();
    assertThat(before).doesNotContain(shard.stored().ledgers().getFirst().id());
  }

  @Test
  void aLedgerThatWasLetGoInOrderIsNotCopied() {
    LedgerLog old = open(a);
    append(old, "one");
    shard.get(old.closeInOrder());

    LedgerLog log = shard.open(b, config);

    assertThat(log.thinLedgers()).isZero();
  }

  // ---- orphans

  @Test
  void ledgersThatNobodyKnowsOfAreRemoved() {
    LedgerLog log = open(a);
    append(log, "one");
    time.pass(Duration.ofSeconds(1));
    long orphan = make(Use.LOG, 1);
    shard.open(b, config);
    long young = make(Use.LOG, 2);
    long checkpoint = make(Use.CHECKPOINT, 1);
    OrphanLedgers orphans = new OrphanLedgers(shard.around(b));

    assertThat(shard.get(orphans.remove())).isZero();
    time.pass(Duration.ofMinutes(11));
    assertThat(shard.get(orphans.remove())).isEqualTo(1);

    assertThat(cloud.ledgers().stream().map(Listed::id))
        .doesNotContain(orphan)
        .contains(young, checkpoint)
        .containsAll(shard.stored().ledgers().stream().map(ShardRecord.Ledger::id).toList());
  }

  private long make(Use use, long epoch) {
    return shard
        .get(a.create(new Label(use, SimulatedShard.SHARD, epoch, time.clock().wallMillis())))
        .id();
  }

  private LedgerLog open(MemoryLedgerNode node) {
    LedgerLog log = shard.open(node, config);
    log.start(listener);
    return log;
  }

  private long lastLedger() {
    return shard.stored().ledgers().getLast().id();
  }

  private static long append(LedgerLog log, String text) {
    return log.append(CommitLogContractTest.buffer(text), Urgency.NORMAL, true);
  }
}
