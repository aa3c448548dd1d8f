package io.rivulet.cluster.node;

import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a volatile reference. Keeps snapshots of an index that is opened before its
 * shard is taken over: none until then.
 */
final class LateKeeper implements SnapshotKeeper {
  private volatile @Nullable SnapshotKeeper keeper;

  /** From now on snapshots go there. */
  void become(SnapshotKeeper now) {
    keeper = now;
  }

  @Override
  public CompletableFuture<Void> keep(SnapshotFiles snapshot) {
    SnapshotKeeper now = keeper;
    return now == null
        ? CompletableFuture.failedFuture(new IOException("the shard is not owned yet"))
        : now.keep(snapshot);
  }

  @Override
  public long oldestPosition() {
    SnapshotKeeper now = keeper;
    return now == null ? 0 : now.oldestPosition();
  }

  @Override
  public long newestPosition() {
    SnapshotKeeper now = keeper;
    return now == null ? 0 : now.newestPosition();
  }
}
