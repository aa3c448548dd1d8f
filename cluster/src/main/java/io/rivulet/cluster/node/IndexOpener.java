package io.rivulet.cluster.node;

import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import java.io.IOException;
import java.util.Optional;

/** Safe for all threads. Opens the index of a shard on this node's disk. */
@FunctionalInterface
public interface IndexOpener {
  /**
   * Opens what is there, or begins with a checkpoint if that is newer.
   *
   * @param logEnd where the shard's log ends
   * @param keeper where its snapshots go
   * @param beginning the newest checkpoint, if its files are at hand
   */
  Index open(int shard, long logEnd, SnapshotKeeper keeper, Optional<SnapshotFiles> beginning)
      throws IOException;
}
