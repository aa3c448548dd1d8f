package io.rivulet.cluster.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.cluster.checkpoint.CheckpointStore;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: a lock. What was done for the checkpoints of all shards that this node owns
 * or has owned since its start: it does not become less when a shard goes.
 */
final class CheckpointTotals {
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Set<CheckpointStore> open = new HashSet<>();

  @GuardedBy("lock")
  private ClusterFigures.StoredCheckpoints past = ClusterFigures.StoredCheckpoints.NONE;

  void opened(CheckpointStore store) {
    lock.lock();
    try {
      open.add(store);
    } finally {
      lock.unlock();
    }
  }

  void closed(CheckpointStore store) {
    lock.lock();
    try {
      if (open.remove(store)) {
        past = past.and(store.figures()).ended();
      }
    } finally {
      lock.unlock();
    }
  }

  ClusterFigures.StoredCheckpoints all() {
    lock.lock();
    try {
      ClusterFigures.StoredCheckpoints sum = past;
      for (CheckpointStore store : open) {
        sum = sum.and(store.figures());
      }
      return sum;
    } finally {
      lock.unlock();
    }
  }
}
