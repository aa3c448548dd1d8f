package io.rivulet.cluster.ownership;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.cluster.ledger.LedgerLog;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.LogListener;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of the simulation. Serves shards with the real log: each open shard appends
 * numbered records, as if somebody sent them, and acknowledges those that are durable.
 */
final class SimulatedHost implements ShardHost {
  /** How far the positions of two entries are apart. */
  private static final long ENTRY_POSITIONS = 1L << 21;

  private final String node;
  private final SimulatedProcess process;
  private final Clock clock;
  private final RandomGenerator random;
  private final Truth truth;
  private final ShardRecords records;
  private final Surroundings around;
  private final IntToLongFunction loads;
  private final Map<Integer, Open> shards = new TreeMap<>();
  private LedgerLogConfig logConfig =
      LedgerLogConfig.defaults().withRollBytes(64 << 10).withHoldLimit(Duration.ofSeconds(2));
  private double failureRate;

  SimulatedHost(
      String node,
      SimulatedProcess process,
      Clock clock,
      RandomGenerator random,
      Truth truth,
      MetadataStore store,
      LedgerStore ledgers,
      IntToLongFunction loads) {
    this.loads = loads;
    this.node = node;
    this.process = process;
    this.clock = clock;
    this.random = random;
    this.truth = truth;
    records = new ShardRecords(store);
    around =
        new Surroundings(
            ledgers,
            records,
            process,
            clock,
            new Semaphore(1),
            future -> {
              if (!future.isDone()) {
                throw new Waits();
              }
            });
  }

  /** In a simulation nothing waits: what would have to has failed. */
  private static final class Waits extends RuntimeException {
    private static final long serialVersionUID = 1;

    Waits() {
      super("it would have to wait", null, false, false);
    }
  }

  /** How often opening or preparing a shard fails for no reason. */
  void setFailureRate(double rate) {
    failureRate = rate;
  }

  /** Each open shard appends something. */
  void append() {
    shards.values().forEach(Open::append);
  }

  /** Shards that are served, with what was acknowledged here. */
  Map<Integer, Long> acknowledged() {
    Map<Integer, Long> counts = new TreeMap<>();
    shards.forEach((shard, open) -> {
      if (open.log != null) {
        counts.put(shard, open.acknowledged);
      }
    });
    return counts;
  }

  // ---- the port

  @Override
  public CompletableFuture<Long> open(int shard, Consumer<String> ended) {
    Open before = shards.get(shard);
    if (before != null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("shard " + shard + " is not closed yet"));
    }
    if (random.nextDouble() < failureRate) {
      return CompletableFuture.failedFuture(new IOException("the disk is not in the mood"));
    }
    Open open = new Open(shard, ended);
    shards.put(shard, open);
    CompletableFuture<Long> epoch =
        find(shard)
            .thenCompose(found -> LedgerLog.open(logConfig, around, found, node))
            .thenCompose(open::opened);
    var _ =
        epoch.whenComplete((_, failure) -> {
          if (failure != null) {
            shards.remove(shard, open);
          }
        });
    return epoch;
  }

  private CompletableFuture<ShardRecords.Versioned> find(int shard) {
    return records
        .read(shard)
        .thenCompose(found ->
            found.isPresent()
                ? CompletableFuture.completedFuture(found.get())
                : records
                    .put(ShardRecord.made(shard, clock.wallMillis()), MetadataStore.ABSENT)
                    .thenCompose(_ -> find(shard)));
  }

  @Override
  public CompletableFuture<Void> close(int shard) {
    Open open = shards.get(shard);
    return open == null ? CompletableFuture.completedFuture(null) : open.close();
  }

  @Override
  public CompletableFuture<Void> prepare(int shard) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    boolean fails = random.nextDouble() < failureRate;
    process.after(
        Duration.ofMillis(random.nextLong(500)),
        () -> {
          if (fails) {
            done.completeExceptionally(new IOException("the disk is not in the mood"));
          } else {
            done.complete(null);
          }
        });
    return done;
  }

  @Override
  public CompletableFuture<Void> warm(int shard) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    process.after(Duration.ofMillis(random.nextLong(300)), () -> done.complete(null));
    return done;
  }

  @Override
  public void forget(int shard) {}

  @Override
  public long load(int shard) {
    return loads.applyAsLong(shard);
  }

  /** Owned by the thread of the simulation. One shard that is served, or about to be. */
  private final class Open implements LogListener {
    private record Appended(long offset, Truth.Written written, long endPosition) {}

    private final int shard;
    private final Consumer<String> ended;
    private final ArrayDeque<Appended> unacknowledged = new ArrayDeque<>();
    private @Nullable LedgerLog log;
    private long epoch;
    private long nextOffset;
    private long acknowledged;
    private boolean isClosing;

    Open(int shard, Consumer<String> ended) {
      this.shard = shard;
      this.ended = ended;
    }

    /** This node is the owner; before it serves it reads what there is. */
    private CompletableFuture<Long> opened(LedgerLog taken) {
      epoch = taken.owned().current().epoch();
      truth.opened(shard, epoch, node);
      CompletableFuture<Long> serving =
          read(taken.owned().current().ledgers().iterator(), new ArrayList<>())
              .thenApply(found -> {
                if (isClosing) {
                  throw new IllegalStateException("it was closed meanwhile");
                }
                truth.read(shard, epoch, found);
                nextOffset = found.size();
                log = taken;
                taken.start(this);
                return epoch;
              });
      return serving.whenComplete((_, failure) -> {
        if (failure != null) {
          taken.abandon();
        }
      });
    }

    /** Reads one ledger after the other: the replay of the log would have to wait. */
    private CompletableFuture<List<Truth.Written>> read(
        Iterator<ShardRecord.Ledger> ledgers, List<Truth.Written> found) {
      ShardRecord.Ledger next = ledgers.next();
      if (next.isOpen()) {
        return CompletableFuture.completedFuture(found);
      }
      return around
          .ledgers()
          .open(next.id())
          .thenCompose(reader -> reader.read(0, next.entries() - 1))
          .thenCompose(batches -> {
            long position = next.base();
            for (ByteBuffer batch : batches) {
              found.add(new Truth.Written(position, UTF_8.decode(batch).toString()));
              position += ENTRY_POSITIONS;
            }
            return read(ledgers, found);
          });
    }

    private void append() {
      LedgerLog to = log;
      if (to == null || isClosing) {
        return;
      }
      String text = "%d by %s in epoch %d".formatted(nextOffset, node, epoch);
      ByteBuffer batch = ByteBuffer.wrap(text.getBytes(UTF_8));
      if (!to.hasRoomFor(batch.remaining(), CommitLog.Urgency.NORMAL)) {
        return;
      }
      long position = to.append(batch, CommitLog.Urgency.NORMAL, true);
      unacknowledged.add(new Appended(nextOffset++, new Truth.Written(position, text), to.end()));
    }

    private CompletableFuture<Void> close() {
      isClosing = true;
      LedgerLog closing = log;
      if (closing == null) {
        return CompletableFuture.completedFuture(null);
      }
      return closing
          .closeInOrder()
          .whenComplete((_, _) -> {
            log = null;
            shards.remove(shard, this);
          });
    }

    @Override
    public void written(long end) {}

    @Override
    public void durable(long end) {
      while (!unacknowledged.isEmpty() && unacknowledged.element().endPosition <= end) {
        Appended done = unacknowledged.remove();
        acknowledged++;
        truth.acknowledge(shard, done.offset, done.written);
      }
    }

    @Override
    public void failed(Throwable cause) {
      LedgerLog broken = log;
      if (broken != null && !isClosing) {
        log = null;
        broken.abandon();
        shards.remove(shard, this);
        ended.accept(cause.toString());
      }
    }
  }
}
