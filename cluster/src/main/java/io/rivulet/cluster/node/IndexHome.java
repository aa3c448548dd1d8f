package io.rivulet.cluster.node;

import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Safe for all threads. The indexes of shards on this node's disk. */
public interface IndexHome {
  /**
   * Opens what is there, or begins with a checkpoint if that is newer.
   *
   * @param logEnd where the shard's log ends
   * @param keeper where its snapshots go
   * @param beginning the newest checkpoint, if its files are at hand
   */
  Index open(int shard, long logEnd, SnapshotKeeper keeper, Optional<SnapshotFiles> beginning)
      throws IOException;

  /** What the index that is there reflects at least, if it is sound; 0: nothing is known of it. */
  long knownPosition(int shard) throws IOException;

  /** Where files of a shard's index may be that a checkpoint has as well. */
  List<Path> folders(int shard);
}
