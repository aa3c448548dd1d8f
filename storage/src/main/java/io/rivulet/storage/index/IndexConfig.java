package io.rivulet.storage.index;

import java.nio.file.Path;

/**
 * Immutable. The settings of the index.
 *
 * @param folder where the index lies; beside it lie its snapshots, in {@code snapshots}, and
 *     RocksDB's library, in {@code native}
 * @param cacheBytes memory for blocks read from the index, outside the heap, 8 MiB to 64 GiB;
 *     larger where millions of queues are used in turn
 * @param memtableBytes memory for what is not flushed yet, outside the heap, 1 MiB to 4 GiB; larger
 *     for fewer and larger flushes
 */
public record IndexConfig(Path folder, long cacheBytes, long memtableBytes) {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  public IndexConfig {
    check("index.cache-bytes", cacheBytes, 8 * MIB, 64 * GIB);
    check("index.memtable-bytes", memtableBytes, MIB, 4 * GIB);
    if (folder.getFileName() == null) {
      throw new IllegalArgumentException("the index folder " + folder + " has no name");
    }
  }

  public static IndexConfig defaults(Path folder) {
    return new IndexConfig(folder, 256 * MIB, 64 * MIB);
  }

  Path snapshotFolder() {
    return folder.resolveSibling("snapshots");
  }

  Path libraryFolder() {
    return folder.resolveSibling("native");
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; it must be between %d and %d".formatted(name, value, min, max));
    }
  }
}
