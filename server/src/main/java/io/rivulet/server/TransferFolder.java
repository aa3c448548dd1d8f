package io.rivulet.server;

import io.rivulet.cluster.node.IndexHome;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.storage.index.IndexConfig;
import io.rivulet.storage.index.RocksIndex;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: immutable. Where the indexes of a cluster's shards are while data is taken
 * in or out: small ones, for there are many at a time.
 */
record TransferFolder(Path folder) implements IndexHome {
  private static final long CACHE_BYTES = 8L << 20;
  private static final long MEMTABLE_BYTES = 4L << 20;

  @Override
  public Index open(
      int shard, long logEnd, SnapshotKeeper keeper, Optional<SnapshotFiles> beginning)
      throws IOException {
    IndexConfig index = of(shard);
    Files.createDirectories(folderOf(shard));
    return RocksIndex.open(index, logEnd, keeper, beginning);
  }

  @Override
  public long knownPosition(int shard) throws IOException {
    return RocksIndex.knownPosition(of(shard));
  }

  @Override
  public List<Path> folders(int shard) {
    return List.of(folderOf(shard).resolve("snapshots"), folderOf(shard).resolve("index"));
  }

  private Path folderOf(int shard) {
    return folder.resolve("shards").resolve(Integer.toString(shard));
  }

  private IndexConfig of(int shard) {
    return new IndexConfig(folderOf(shard).resolve("index"), CACHE_BYTES, MEMTABLE_BYTES);
  }

  /** Removes the folder with all that is in it: nothing of it is needed any more. */
  void remove() throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path entered, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(entered);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
