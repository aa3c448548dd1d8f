package io.rivulet.storage.index;

import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: immutable. Snapshots that lie beside the index count once they are made.
 */
record KeptBeside(Snapshots snapshots) implements SnapshotKeeper {

  @Override
  public CompletableFuture<Void> keep(SnapshotFiles snapshot) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public long oldestPosition() {
    return snapshots.oldest();
  }

  @Override
  public long newestPosition() {
    return snapshots.newest();
  }
}
