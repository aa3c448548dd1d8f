package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Safe for all threads. Where it is written down which checkpoints of a shard count; only the
 * shard's owner changes it, by compare-and-set.
 */
public interface CheckpointRegister {

  /** Those that count as far as the owner knows, oldest first. Never blocks. */
  List<Checkpoint> checkpoints();

  /**
   * How many disks of storage nodes were lost so far as far as the owner knows, see {@link
   * io.rivulet.cluster.shard.LostDisks}: perhaps fewer than were, never more. Never blocks.
   */
  long lostDisks();

  /**
   * Replaces them.
   *
   * @return false if this owner's epoch is over: nothing is known then of whether it happened, and
   *     nothing that this owner made may be removed by it. Failed: it may have happened or not;
   *     {@link #checkpoints} tell after the next change that succeeds.
   */
  CompletableFuture<Boolean> publish(List<Checkpoint> checkpoints);

  /** The list in a shard's record. */
  static CheckpointRegister in(OwnedRecord owned) {
    return new CheckpointRegister() {
      @Override
      public List<Checkpoint> checkpoints() {
        return owned.current().checkpoints();
      }

      @Override
      public long lostDisks() {
        return owned.current().lostDisks();
      }

      @Override
      public CompletableFuture<Boolean> publish(List<Checkpoint> checkpoints) {
        CompletableFuture<ShardRecord> changed =
            owned.change(each -> each.withCheckpoints(checkpoints));
        return changed.handle((_, failure) -> {
          if (failure == null) {
            return true;
          }
          if (failure instanceof OwnedRecord.LostException) {
            return false;
          }
          throw new CompletionException(failure);
        });
      }
    };
  }
}
