package io.rivulet.cluster.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.CheckpointRegister;
import io.rivulet.cluster.checkpoint.CheckpointStore;
import io.rivulet.cluster.checkpoint.FileSums;
import io.rivulet.cluster.checkpoint.Pace;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.metadata.Relay;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.log.CommitLogContractTest;
import io.rivulet.testkit.log.RecordingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log on real storage members that come and go. */
class BookKeeperFaultTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration BRIEFLY = Duration.ofMillis(300);

  private final RealCluster cluster = new RealCluster();
  private final BookKeeperLedgers ledgers = cluster.ledgers();
  private final LedgerLogConfig config =
      LedgerLogConfig.defaults().withHotBytes(0).withNodePatience(Duration.ofSeconds(1));
  private final RecordingListener listener = new RecordingListener();
  private final int shard = cluster.makeShard();
  private final List<String> appended = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    ledgers.close();
    cluster.close();
  }

  @Test
  void aFormerOwnerIsFencedAndNothingThatItWasToldIsLost() throws IOException {
    LedgerLog old = open(ledgers);
    append(old, 100);
    old.sync(old.end());
    try (BookKeeperLedgers others = cluster.ledgers()) {
      append(old, 100);

      LedgerLog next = cluster.open(shard, others, config);
      old.append(CommitLogContractTest.buffer("late"), Urgency.NORMAL, true);
      await().atMost(SOON).until(() -> listener.failure() != null);

      List<String> found = CommitLogContractTest.contents(next);
      long acknowledged = (listener.durable() >>> 21) + 1;
      assertThat(acknowledged).isBetween(100L, 200L);
      assertThat(found).isEqualTo(appended.subList(0, found.size()));
      assertThat((long) found.size()).isGreaterThanOrEqualTo(acknowledged);
      next.close();
    }
    old.close();
  }

  @Test
  void storageMembersComeAndGoAndTheLogGoesOn() throws IOException {
    LedgerLog log = open(ledgers);
    append(log, 100);
    log.sync(log.end());
    assertThat(log.copies()).isEqualTo(3);

    // One is gone: nothing is to be noticed of it.
    cluster.stop("c");
    assertThat(longestGap(log, 300)).isLessThan(Duration.ofSeconds(2));
    await().atMost(SOON).until(() -> ensemblesOf(log) == 2);
    append(log, 100);
    log.sync(log.end());

    // Only one is left: nothing is written, but all can be read.
    cluster.stop("b");
    await().atMost(SOON).until(() -> !log.hasRoomFor(1, Urgency.RESERVE));
    String waiting = "under way when the second one went away";
    log.append(CommitLogContractTest.buffer(waiting), Urgency.NORMAL, true);
    assertThat(CommitLogContractTest.contents(log)).isEqualTo(appended);
    appended.add(waiting);

    // Two again: what waited is written. Three again: in three copies.
    cluster.start("b");
    await().atMost(SOON).until(() -> log.durableEnd() == log.end());
    assertThat(log.copies()).isEqualTo(2);
    cluster.start("c");
    await().atMost(SOON).until(() -> log.copies() == 3);
    append(log, 100);
    log.sync(log.end());
    assertThat(listener.failure()).isNull();
    log.close();

    // The one that was away longest holds everything by itself in the end.
    LedgerLog next = cluster.open(shard, ledgers, config);
    next.start(new RecordingListener());
    await().atMost(SOON).until(() -> next.thinLedgers() == 0);
    cluster.stop("a");
    cluster.stop("b");
    assertThat(CommitLogContractTest.contents(next)).isEqualTo(appended);
    next.abandon();
  }

  /** As a shard is taken over when the node that died has led the metadata quorum. */
  @Test
  void whatIsLostWithTheMetadataConnectionIsAskedAgainLongBeforeASessionIsOver() throws Exception {
    try (Relay relay = new Relay(cluster.metadataPort());
        BookKeeperLedgers node =
            cluster.ledgers("127.0.0.1:" + relay.port(), SOON.multipliedBy(3))) {
      await().atMost(SOON).until(() -> node.writableNodes() == 3);
      relay.beSilent();
      LedgerStore.Label label = new LedgerStore.Label(LedgerStore.Use.LOG, shard, 1, 0);
      CompletableFuture<LedgerStore.Writer> made =
          CompletableFuture.supplyAsync(() -> node.create(label).join());
      await().pollDelay(BRIEFLY).until(() -> true); // what was asked is lost
      relay.speak();

      assertThat(made).succeedsWithin(SOON);
    }
  }

  @Test
  void aCheckpointIsWholeOnANodeThatHadLostItsDisk(@TempDir Path data) throws IOException {
    SnapshotFiles snapshot = snapshot(data.resolve("snapshot"));
    LedgerLog old = open(ledgers);
    append(old, 10);
    CheckpointStore before = checkpoints(old);
    RealCluster.get(before.keep(snapshot));
    before.close();
    old.close();

    cluster.stop("c");
    cluster.startEmpty("c");
    LedgerLog log = open(ledgers);
    CheckpointStore store = checkpoints(log);
    // The owner looks for lost disks at its first turn, and nothing else is a reason to store it.
    await().atMost(SOON.multipliedBy(2)).until(store::isRenewalDue);
    assertThat(store.figures().thinLedgers()).isEqualTo(3);
    RealCluster.get(store.keep(snapshot));
    assertThat(store.figures().thinLedgers()).isZero();
    await().atMost(SOON).until(() -> log.thinLedgers() == 0);
    store.close();
    log.close();

    cluster.stop("a");
    cluster.stop("b");
    Standbys standbys = new Standbys(ground(), data.resolve("d"), _ -> List.of(), cluster.timer());
    SnapshotFiles found = RealCluster.get(standbys.take(cluster.stored(shard), 0)).orElseThrow();
    for (String name : List.of("1.sst", "2.sst", "CURRENT")) {
      assertThat(found.folder().resolve(name))
          .hasSameBinaryContentAs(snapshot.folder().resolve(name));
    }
    standbys.close();
  }

  private static SnapshotFiles snapshot(Path folder) throws IOException {
    Files.createDirectories(folder);
    SplittableRandom random = new SplittableRandom(3);
    for (String name : List.of("1.sst", "2.sst")) {
      byte[] bytes = new byte[2 << 20];
      random.nextBytes(bytes);
      Files.write(folder.resolve(name), bytes);
    }
    Files.writeString(folder.resolve("CURRENT"), "MANIFEST-000001");
    return new SnapshotFiles(5L << 21, folder);
  }

  private CheckpointGround ground() {
    CheckpointConfig defaults = CheckpointConfig.defaults();
    return new CheckpointGround(
        defaults,
        ledgers,
        new FileSums(),
        new Pace(defaults.bytesPerSecond(), Clock.system(), cluster.timer()),
        Patience.upTo(SOON),
        Clock.system(),
        Runnable::run);
  }

  private CheckpointStore checkpoints(LedgerLog log) {
    return CheckpointStore.open(
        ground(), shard, log.owned().current().epoch(), CheckpointRegister.in(log.owned()));
  }

  @Test
  void whatIsUnderReplicatedIsNotKnownWhileNobodyLooks() {
    await().atMost(SOON).until(() -> !looked().isCompletedExceptionally());
    assertThat(looked().join().count()).isZero();

    for (String node : List.of("a", "b", "c")) {
      cluster.stop(node);
    }

    await().atMost(SOON).until(() -> looked().isCompletedExceptionally());
    assertThat(looked().exceptionNow()).hasMessageContaining("no auditor");
    assertThat(ledgers.lastUnderReplicated()).isEmpty();
  }

  private CompletableFuture<UnderReplicated> looked() {
    CompletableFuture<UnderReplicated> found = ledgers.underReplicated(Duration.ZERO);
    await().atMost(SOON).until(found::isDone);
    return found;
  }

  /** How many nodes hold the ledger that is written now, whether they run or not. */
  private int ensemblesOf(LedgerLog log) {
    return log.isMissingNode() ? log.copies() + 1 : log.copies();
  }

  private LedgerLog open(LedgerStore store) {
    LedgerLog log = cluster.open(shard, store, config);
    log.start(listener);
    return log;
  }

  private void append(LedgerLog log, int count) {
    for (int i = 0; i < count; i++) {
      appended.add("batch " + appended.size());
      log.append(CommitLogContractTest.buffer(appended.getLast()), Urgency.NORMAL, true);
    }
  }

  /** Appends one after the other; how long the longest of them took. */
  private Duration longestGap(LedgerLog log, int count) throws IOException {
    long longest = 0;
    for (int i = 0; i < count; i++) {
      long before = System.nanoTime();
      append(log, 1);
      log.sync(log.end());
      longest = Math.max(longest, System.nanoTime() - before);
      LockSupport.parkNanos(5_000_000);
    }
    return Duration.ofNanos(longest);
  }
}
