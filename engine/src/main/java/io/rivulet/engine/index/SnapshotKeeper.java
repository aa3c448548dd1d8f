package io.rivulet.engine.index;

import java.util.concurrent.CompletableFuture;

/**
 * Keeps snapshots of an index where they outlive its machine; the two newest count. Safe for all
 * threads.
 */
public interface SnapshotKeeper {

  /**
   * Begins to store a snapshot and returns at once. Called again only when the future is complete:
   * until then its files stay where they are. If it fails, nothing has changed but what is stored
   * may be more than counts; the next snapshot is handed over some time later.
   */
  CompletableFuture<Void> keep(SnapshotFiles snapshot);

  /**
   * What the oldest snapshot that is stored reflects: the log must be there from here on; 0: none.
   */
  long oldestPosition();

  /** What the newest snapshot that is stored reflects; 0: none. */
  long newestPosition();
}
