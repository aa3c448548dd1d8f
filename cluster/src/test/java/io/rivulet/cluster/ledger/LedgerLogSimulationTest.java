package io.rivulet.cluster.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.log.LogListener;
import io.rivulet.testkit.log.CommitLogContractTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Several nodes take one shard from each other, whoever is alive, without any lock: what the fence
 * and the record promise must hold nevertheless.
 */
class LedgerLogSimulationTest {
  private static final int SEEDS = Integer.getInteger("rivulet.seeds", 300);
  private static final int STEPS = Integer.getInteger("rivulet.steps", 400);

  static IntStream seeds() {
    int first = Integer.getInteger("rivulet.first-seed", 0);
    return IntStream.range(first, first + SEEDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatWasAcknowledgedIsInTheLogOnceAndForEver(int seed) throws IOException {
    new World(seed).run();
  }

  /** The owner let the shard go while the answer to its last change was lost. */
  @Test
  void aLedgerThatMayBeNamedIsNotRemoved() throws IOException {
    new World(259).run();
  }

  /** Owned by the thread of the test. One owner, present or past, and what it was told. */
  private static final class Owner implements LogListener {
    private final LedgerLog log;
    private final long epoch;
    private final TreeMap<Long, String> appended = new TreeMap<>();
    private long durable;
    private @Nullable Throwable failure;

    Owner(LedgerLog log) {
      this.log = log;
      epoch = log.owned().current().epoch();
      durable = log.end();
    }

    @Override
    public void written(long end) {
      assertThat(end).isGreaterThan(durable);
    }

    @Override
    public void durable(long end) {
      assertThat(failure).isNull();
      durable = end;
    }

    @Override
    public void failed(Throwable cause) {
      failure = cause;
    }
  }

  /** Owned by the thread of the test. */
  private static final class World {
    private final SplittableRandom random;
    private final SimulatedShard shard;
    private final List<MemoryLedgerNode> nodes = new ArrayList<>();
    private final Map<MemoryLedgerNode, Owner> owners = new HashMap<>();
    private final List<Owner> all = new ArrayList<>();
    private final Map<MemoryLedgerNode, CompletableFuture<LedgerLog>> opening = new HashMap<>();
    private final LedgerLogConfig config;
    private int count;

    World(int seed) {
      random = new SplittableRandom(seed);
      shard = new SimulatedShard(random.nextLong());
      for (String name : List.of("a", "b", "c")) {
        nodes.add(shard.cloud().node(name));
      }
      config =
          LedgerLogConfig.defaults()
              .withRollBytes(64 << 10)
              .withHotBytes(random.nextInt(100_000))
              .withHoldLimit(Duration.ofSeconds(1 + random.nextInt(20)));
    }

    void run() throws IOException {
      for (int i = 0; i < STEPS; i++) {
        step();
        shard
            .time()
            .pass(
                Duration.ofNanos(
                    random.nextInt(random.nextInt(10) == 0 ? 2_000_000_000 : 8_000_000)));
      }
      heal();
      shard.time().pass(Duration.ofSeconds(30));
      check();
    }

    private void step() throws IOException {
      MemoryLedgerNode node = nodes.get(random.nextInt(nodes.size()));
      int choice = random.nextInt(100);
      if (choice < 55) {
        append(node, 1 + random.nextInt(5));
      } else if (choice < 62) {
        takeOver(node);
      } else if (choice < 66) {
        node.cutOff(random.nextBoolean(), random.nextBoolean());
      } else if (choice < 72) {
        node.heal();
      } else if (choice < 76) {
        node.pause();
      } else if (choice < 83) {
        node.resume();
      } else if (choice < 86) {
        shard.cloud().setStorageNodes(1 + random.nextInt(3));
      } else if (choice < 89) {
        shard.cloud().setStorageNodes(3);
      } else if (choice < 91) {
        shard.store().loseAnswers(1 + random.nextInt(2));
      } else if (choice < 93) {
        shard.store().loseRequests(1 + random.nextInt(2));
      } else if (choice < 96) {
        trim(node);
      } else if (choice < 98) {
        close(node);
      } else {
        fill(node);
      }
    }

    private void append(MemoryLedgerNode node, int batches) {
      Owner owner = owners.get(node);
      for (int i = 0; i < batches && owner != null && owner.failure == null; i++) {
        if (owner.log.hasRoomFor(100, Urgency.NORMAL)) {
          String text = "batch " + count++ + " of " + node + " in epoch " + owner.epoch;
          long base = owner.log.append(CommitLogContractTest.buffer(text), Urgency.NORMAL, true);
          owner.appended.put(base, text);
        }
      }
    }

    /** Enough for a ledger to roll. */
    private void fill(MemoryLedgerNode node) {
      Owner owner = owners.get(node);
      if (owner != null && owner.failure == null && owner.log.hasRoomFor(70_000, Urgency.NORMAL)) {
        String text = count++ + "x".repeat(66_000);
        owner.appended.put(
            owner.log.append(CommitLogContractTest.buffer(text), Urgency.NORMAL, true), text);
      }
    }

    private void takeOver(MemoryLedgerNode node) throws IOException {
      CompletableFuture<LedgerLog> earlier = opening.get(node);
      if (earlier != null && !earlier.isDone()) {
        return;
      }
      Owner owner = owners.remove(node);
      if (owner != null) {
        owner.log.abandon();
      }
      CompletableFuture<LedgerLog> open = shard.tryOpening(node, config);
      opening.put(node, open);
      var _ = open.thenAccept(log -> begin(node, log));
    }

    private void begin(MemoryLedgerNode node, LedgerLog log) {
      Owner owner = new Owner(log);
      all.add(owner);
      owners.put(node, owner);
      log.start(owner);
    }

    private void trim(MemoryLedgerNode node) throws IOException {
      Owner owner = owners.get(node);
      if (owner != null && owner.failure == null) {
        owner.log.trim(owner.durable - random.nextLong(200L << 21));
      }
    }

    private void close(MemoryLedgerNode node) {
      Owner owner = owners.remove(node);
      if (owner != null) {
        var _ = owner.log.closeInOrder();
      }
    }

    private void heal() {
      nodes.forEach(MemoryLedgerNode::heal);
      nodes.forEach(MemoryLedgerNode::resume);
      shard.cloud().setStorageNodes(3);
      shard.store().loseAnswers(0);
      shard.store().loseRequests(0);
    }

    /** A last owner finds all that was acknowledged to any, and nothing that was not appended. */
    private void check() throws IOException {
      LedgerLog last = shard.open(shard.cloud().node("d"), config);
      Map<Long, String> found = new TreeMap<>();
      last.replay(0, (base, payload) -> found.put(base, CommitLogContractTest.text(payload)));
      long head = last.head();
      Map<Long, String> acknowledged = new TreeMap<>();
      for (Owner owner : all) {
        owner
            .appended
            .headMap(owner.durable, false)
            .forEach((base, text) -> {
              String other = acknowledged.put(base, text);
              assertThat(other).as("acknowledged at %d by two", base).isNull();
            });
      }
      acknowledged.forEach((base, text) -> {
        if (base >= head) {
          assertThat(found).as("acknowledged").containsEntry(base, text);
        }
      });
      Map<Long, List<String>> appended = new HashMap<>();
      for (Owner owner : all) {
        owner.appended.forEach(
            (base, text) -> appended.computeIfAbsent(base, _ -> new ArrayList<>()).add(text));
      }
      found.forEach((base, text) -> assertThat(appended.get(base)).contains(text));
      long next = head;
      for (long base : found.keySet()) {
        assertThat(base).as("no gap").isEqualTo(next);
        next = base + (1 << 21);
      }
      last.start(new Owner(last));
      checkLedgers();
      checkCopies();
      found.clear();
      last.replay(0, (base, payload) -> found.put(base, CommitLogContractTest.text(payload)));
      found.forEach((base, text) -> assertThat(appended.get(base)).contains(text));
      assertThat(found.keySet())
          .containsAll(acknowledged.keySet().stream().filter(base -> base >= last.head()).toList());
    }

    /** In the end all ledgers are held by as many nodes as there should be. */
    private void checkCopies() {
      shard.time().pass(Duration.ofMinutes(5));
      for (ShardRecord.Ledger ledger : shard.stored().ledgers()) {
        assertThat(ledger.isThin()).isFalse();
        assertThat(shard.cloud().isWhole(ledger.id())).isTrue();
      }
    }

    /** The record names what is there; the rest are orphans, which can be found. */
    private void checkLedgers() {
      ShardRecord stored = shard.stored();
      List<Long> there = shard.cloud().ledgers().stream().map(LedgerStore.Listed::id).toList();
      assertThat(there).containsAll(stored.ledgers().stream().map(ShardRecord.Ledger::id).toList());
      shard.time().pass(Duration.ofMinutes(11));
      shard.get(new OrphanLedgers(shard.around(nodes.getFirst())).remove());
      List<Long> left = shard.cloud().ledgers().stream().map(LedgerStore.Listed::id).toList();
      assertThat(shard.stored().ledgers().stream().map(ShardRecord.Ledger::id))
          .containsAll(
              left.stream()
                  .filter(id -> shard.cloud().label(id).epoch() < stored.epoch())
                  .toList());
    }
  }
}
