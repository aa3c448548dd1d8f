package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: one does the work, under a lock; what others see is volatile. Stores
 * snapshots of a shard's index in ledgers, for as long as this node owns the shard.
 *
 * <p>First the files that are not stored yet, then a manifest that names all files, then the change
 * of the register: only with it the checkpoint counts, and only after it what is not needed any
 * more is removed. A death in between leaves the old ones as they were, and ledgers that nobody
 * names. Nothing here relies on being the only owner: one that has been replaced can make ledgers,
 * but the register refuses it, and it removes only what the register had let go of before.
 *
 * <p>A file that an earlier checkpoint holds with the same name, size and checksum is not stored
 * again, and so may live long in one ledger: from time to time one of these is read back, and
 * stored anew if it is damaged. So are those of ledgers that fewer storage nodes may hold than
 * should, since one was away when they were written or has lost its disk since: some with each
 * checkpoint, for which one of an index that has not changed is stored as well.
 */
public final class CheckpointStore implements SnapshotKeeper, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  /** Between two checkpoints that nothing but thin ledgers is a reason for. */
  private static final Duration RENEWAL_PAUSE = Duration.ofSeconds(10);

  private final CheckpointGround ground;
  private final int shard;
  private final CheckpointRegister register;
  private final StopSign stop;
  private final StoreCounters counters = new StoreCounters();
  private final ReentrantLock working = new ReentrantLock();
  private final Storing storing;
  private volatile boolean hasFailed;
  private volatile boolean isStoring;
  private volatile Storing.Size size = Storing.Size.NOTHING;

  /** When the last one was stored, or could not be. */
  private volatile long endedNanos;

  private CheckpointStore(
      CheckpointGround ground, int shard, long epoch, CheckpointRegister register) {
    this.ground = ground;
    this.shard = shard;
    this.register = register;
    endedNanos = ground.clock().nanos();
    stop = new StopSign("storing a checkpoint of shard " + shard);
    storing = new Storing(ground, shard, epoch, register, stop, counters);
  }

  /** The store of a shard that this node owns in this epoch; reads what there is meanwhile. */
  public static CheckpointStore open(
      CheckpointGround ground, int shard, long epoch, CheckpointRegister register) {
    CheckpointStore store = new CheckpointStore(ground, shard, epoch, register);
    store.run(
        store.storing::look,
        failure ->
            failure.ifPresent(reason ->
                LOG.info(
                    "The checkpoints of shard {} cannot be read yet: {}",
                    shard,
                    reason.getMessage())));
    return store;
  }

  // ---- the port

  @Override
  public CompletableFuture<Void> keep(SnapshotFiles snapshot) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    isStoring = true;
    run(
        () -> storing.store(snapshot),
        failure -> {
          endedNanos = ground.clock().nanos();
          isStoring = false;
          tell(snapshot, failure);
          if (failure.isPresent()) {
            result.completeExceptionally(failure.get());
          } else {
            result.complete(null);
          }
        });
    return result;
  }

  @Override
  public long oldestPosition() {
    List<Checkpoint> kept = register.checkpoints();
    return kept.isEmpty() ? 0 : kept.getFirst().position();
  }

  @Override
  public long newestPosition() {
    List<Checkpoint> kept = register.checkpoints();
    return kept.isEmpty() ? 0 : kept.getLast().position();
  }

  /**
   * Whether a snapshot is to be made for the sake of ledgers of the newest checkpoint, though there
   * is no other reason for one: fewer storage nodes may hold them than should, and those that run
   * would do. To be asked again: not all may be stored anew at once.
   */
  public boolean isRenewalDue() {
    Storing.Size now = size;
    long nanos = ground.clock().nanos();
    return !isStoring
        && ground.ledgers().writableNodes() >= LedgerStore.COPIES
        && nanos - endedNanos >= RENEWAL_PAUSE.toNanos()
        && now.thinLedgers(register.lostDisks()) > 0
        && nanos - now.renewableNanos() >= 0;
  }

  public CheckpointFigures figures() {
    return new CheckpointFigures(
        register.checkpoints().size(),
        newestPosition(),
        size.madeMillis(),
        size.files(),
        size.fileBytes(),
        size.ledgers(),
        size.ledgerBytes(),
        size.thinLedgers(register.lostDisks()),
        isStoring,
        counters.storedCheckpoints.sum(),
        counters.storedBytes.sum(),
        counters.sharedBytes.sum(),
        counters.storeMillis.sum(),
        counters.failures.sum(),
        counters.tooLarge.sum(),
        counters.damagedFiles.sum());
  }

  /** What is under way ends at its next step; nothing else is begun. */
  @Override
  public void close() {
    stop.raise();
  }

  // ---- the threads

  /** What may fail for reasons of the world. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  /** Takes the reason why something failed, if it did. */
  @FunctionalInterface
  private interface End {
    void ended(Optional<Throwable> failure);
  }

  private void run(Work work, End end) {
    try {
      ground.threads().execute(() -> end.ended(tryTo(work)));
    } catch (RejectedExecutionException e) {
      end.ended(Optional.of(new IOException("the node is being stopped", e)));
    }
  }

  private Optional<Throwable> tryTo(Work work) {
    working.lock();
    try {
      work.run();
      return Optional.empty();
    } catch (Throwable e) {
      // Also an Error: until this is said, no other checkpoint is begun.
      return Optional.of(e);
    } finally {
      size = storing.size();
      working.unlock();
    }
  }

  /** Says it once when it begins to fail, and when it works again. */
  private void tell(SnapshotFiles snapshot, Optional<Throwable> failure) {
    if (failure.isEmpty()) {
      if (hasFailed) {
        LOG.info("Checkpoints of shard {} are stored again", shard);
      }
      hasFailed = false;
    } else if (stop.isUp()) {
      LOG.debug("A checkpoint of shard {} was not stored", shard, failure.get());
    } else {
      counters.failures.increment();
      if (!(failure.get() instanceof IOException)) {
        LOG.error("A mistake of ours kept a checkpoint from being stored", failure.get());
      } else if (!hasFailed) {
        LOG.warn(
            "The checkpoint of shard {} at position {} could not be stored: {}. It is tried again;"
                + " until then the log is not trimmed, and a take-over replays more of it.",
            shard,
            snapshot.position(),
            failure.get().getMessage());
      }
      hasFailed = true;
    }
  }
}
