package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.metadata.MetadataException;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Owned by the test's thread. A register that all owners of a shard share: only the newest epoch
 * may change it.
 */
final class MemoryRegister {
  private List<Checkpoint> checkpoints = List.of();
  private long epoch;

  /** Disks of storage nodes that were lost, as the owner knows. */
  long lostDisks;

  /** What becomes of the next change. */
  enum Next {
    HAPPENS,
    HAPPENS_UNANSWERED,
    IS_LOST
  }

  Next next = Next.HAPPENS;

  List<Checkpoint> checkpoints() {
    return checkpoints;
  }

  void set(List<Checkpoint> found) {
    checkpoints = found;
  }

  /** The register as the owner of a new epoch sees it, in a process that takes steps. */
  CheckpointRegister ofEpoch(long newEpoch, FaultyLedgers process) {
    epoch = newEpoch;
    return new CheckpointRegister() {
      @Override
      public List<Checkpoint> checkpoints() {
        return checkpoints;
      }

      @Override
      public long lostDisks() {
        return lostDisks;
      }

      @Override
      public CompletableFuture<Boolean> publish(List<Checkpoint> wanted) {
        process.step();
        if (epoch != newEpoch) {
          return CompletableFuture.completedFuture(false);
        }
        if (next != Next.IS_LOST) {
          checkpoints = List.copyOf(wanted);
        }
        boolean isAnswered = next == Next.HAPPENS;
        next = Next.HAPPENS;
        return isAnswered
            ? CompletableFuture.completedFuture(true)
            : CompletableFuture.failedFuture(
                new MetadataException("no answer, says the test", new IllegalStateException()));
      }
    };
  }
}
