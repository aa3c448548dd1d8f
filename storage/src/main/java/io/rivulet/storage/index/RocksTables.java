package io.rivulet.storage.index;

import io.rivulet.engine.index.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Priority;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileManager;
import org.rocksdb.WriteBufferManager;

/**
 * Safe for all threads: immutable. An open RocksDB with the column family of each table, and the
 * native objects that must be closed after it.
 */
final class RocksTables implements AutoCloseable {
  private static final int BLOCK_BYTES = 16 << 10;
  private static final double BLOOM_BITS = 10;

  /** Parts of the cache with a lock each: a handful of threads read. */
  private static final int CACHE_SHARD_BITS = 3;

  /** Share of the cache in which indexes and filters are kept before data. */
  private static final double HIGH_PRIORITY = 0.5;

  private static final int MIN_ARENA_BYTES = 4 << 10;
  private static final int MAX_ARENA_BYTES = 256 << 10;
  private static final int ARENAS_PER_BUDGET = 256;
  private static final int BACKGROUND_JOBS = 2;
  private static final int MAX_OPEN_FILES = 512;
  private static final long SYNC_STEP_BYTES = 1 << 20;
  private static final long MAX_INFO_LOG_BYTES = 1 << 20;

  private final RocksDB db;
  private final Map<Table, ColumnFamilyHandle> byTable = new EnumMap<>(Table.class);
  private final List<ColumnFamilyHandle> handles;
  private final List<AutoCloseable> natives;

  private RocksTables(RocksDB db, List<ColumnFamilyHandle> handles, List<AutoCloseable> natives) {
    this.db = db;
    this.handles = handles;
    this.natives = natives;
    // The first is the default one, which RocksDB wants to be there.
    int next = 1;
    for (Table table : Table.values()) {
      byTable.put(table, handles.get(next));
      next++;
    }
  }

  static RocksTables open(IndexConfig config, Path folder) throws IOException {
    List<AutoCloseable> natives = new ArrayList<>();
    Cache cache =
        keep(natives, new LRUCache(config.cacheBytes(), CACHE_SHARD_BITS, false, HIGH_PRIORITY));
    DBOptions options = keep(natives, options(config, cache, natives));
    BlockBasedTableConfig format = format(cache, natives);
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    families.add(
        new ColumnFamilyDescriptor(
            RocksDB.DEFAULT_COLUMN_FAMILY,
            keep(natives, familyOptions(0, config.memtableBytes(), format))));
    for (Table table : Table.values()) {
      families.add(
          new ColumnFamilyDescriptor(
              table.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII),
              keep(natives, familyOptions(table.prefixBytes(), config.memtableBytes(), format))));
    }
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      RocksDB db = RocksDB.open(options, folder.toString(), families, handles);
      return new RocksTables(db, handles, natives);
    } catch (RocksDBException e) {
      close(natives);
      String message = "the index in %s cannot be opened: %s".formatted(folder, e.getMessage());
      throw isInUse(e) ? new IndexInUseException(message, e) : new IOException(message, e);
    }
  }

  /** RocksDB has no code for it. */
  private static boolean isInUse(RocksDBException failure) {
    String message = failure.getMessage();
    return message != null && message.contains("LOCK");
  }

  RocksDB db() {
    return db;
  }

  ColumnFamilyHandle handle(Table table) {
    return Objects.requireNonNull(byTable.get(table));
  }

  /** Where the index's own position is kept: apart from the tables of the engine. */
  ColumnFamilyHandle positionHandle() {
    return handles.getFirst();
  }

  List<ColumnFamilyHandle> handles() {
    return handles;
  }

  @Override
  public void close() {
    for (ColumnFamilyHandle handle : handles) {
      handle.close();
    }
    db.close();
    close(natives);
  }

  private static DBOptions options(IndexConfig config, Cache cache, List<AutoCloseable> natives)
      throws IOException {
    // Compactions can wait a little; who sends or polls meanwhile on the same processors can't.
    Env.getDefault().lowerThreadPoolCPUPriority(Priority.LOW);
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setAtomicFlush(true)
        // One budget for the memtables of all tables, whichever of them grows.
        .setWriteBufferManager(keep(natives, new WriteBufferManager(config.memtableBytes(), cache)))
        // With it RocksDB goes on by itself when a full disk has room again.
        .setSstFileManager(keep(natives, fileManager()))
        .setMaxBackgroundJobs(BACKGROUND_JOBS)
        .setMaxOpenFiles(MAX_OPEN_FILES)
        // Else it starts sixteen threads for each table whenever an index is opened: on two
        // processors that takes half a second, and a shard that moves stands still for it.
        .setMaxFileOpeningThreads(1)
        .setBytesPerSync(SYNC_STEP_BYTES)
        .setSkipStatsUpdateOnDbOpen(true)
        .setStatsDumpPeriodSec(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(MAX_INFO_LOG_BYTES)
        .setKeepLogFileNum(2);
  }

  private static SstFileManager fileManager() throws IOException {
    try {
      return new SstFileManager(Env.getDefault());
    } catch (RocksDBException e) {
      throw new IOException("RocksDB cannot watch its files", e);
    }
  }

  private static BlockBasedTableConfig format(Cache cache, List<AutoCloseable> natives) {
    return new BlockBasedTableConfig()
        .setBlockCache(cache)
        .setBlockSize(BLOCK_BYTES)
        .setCacheIndexAndFilterBlocks(true)
        .setCacheIndexAndFilterBlocksWithHighPriority(true)
        // In one piece the filter of a large file does not fit into a part of the cache, and is
        // read
        // for every look-up: with 1.5 million queues a look-up took a millisecond instead of 3 us.
        .setIndexType(IndexType.kTwoLevelIndexSearch)
        .setPartitionFilters(true)
        .setMetadataBlockSize(BLOCK_BYTES)
        .setPinTopLevelIndexAndFilter(true)
        .setPinL0FilterAndIndexBlocksInCache(true)
        .setFilterPolicy(keep(natives, new BloomFilter(BLOOM_BITS)))
        .setWholeKeyFiltering(true);
  }

  private static ColumnFamilyOptions familyOptions(
      int prefixBytes, long memtableBytes, BlockBasedTableConfig format) {
    ColumnFamilyOptions options =
        new ColumnFamilyOptions()
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setWriteBufferSize(memtableBytes)
            // Each table that was written to holds one at least, and all of them share a budget.
            .setArenaBlockSize(
                Math.clamp(memtableBytes / ARENAS_PER_BUDGET, MIN_ARENA_BYTES, MAX_ARENA_BYTES))
            .setLevelCompactionDynamicLevelBytes(true)
            .setTableFormatConfig(format);
    return prefixBytes == 0 ? options : options.useFixedLengthPrefixExtractor(prefixBytes);
  }

  private static <T extends AutoCloseable> T keep(List<AutoCloseable> natives, T made) {
    natives.add(made);
    return made;
  }

  /** Closes in the reverse order of making. */
  private static void close(List<AutoCloseable> natives) {
    for (AutoCloseable made : natives.reversed()) {
      try {
        made.close();
      } catch (Exception e) {
        throw new IllegalStateException("a native object of the index cannot be closed", e);
      }
    }
  }
}
