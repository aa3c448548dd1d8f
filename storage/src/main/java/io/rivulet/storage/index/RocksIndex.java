package io.rivulet.storage.index;

import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.IndexFullException;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.index.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: RocksDB is; a read-write lock keeps calls from a closed one. The index in
 * RocksDB, one column family per table.
 *
 * <p>It is a cache of the fold of the log, so it needs no log of its own: the write-ahead log is
 * off, and {@code atomic_flush} makes what a crash leaves the state after one of the writes, in all
 * tables alike. That state's position is a row written with each batch. What cannot be opened, or
 * reflects more than the log holds, is thrown away: the index begins with the newest snapshot that
 * can be used, or empty, and the log is replayed from there.
 *
 * <p>Snapshots lie beside the index. Where they are stored away besides, only those that are stored
 * count for trimming the log; beside the index lie the two that were made last, whatever became of
 * them.
 */
public final class RocksIndex implements Index {
  private static final Logger LOG = LoggerFactory.getLogger(RocksIndex.class);
  private static final byte[] POSITION_KEY = "position".getBytes(StandardCharsets.US_ASCII);

  private final IndexConfig config;
  private final Snapshots snapshots;
  private final SnapshotKeeper keeper;
  private final RocksTables tables;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private volatile long position;
  private volatile boolean isClosed;

  /** Of the snapshot that was made last. */
  private volatile Future<Void> storing = CompletableFuture.completedFuture(null);

  private RocksIndex(
      IndexConfig config, Snapshots snapshots, SnapshotKeeper keeper, RocksTables tables)
      throws IOException {
    this.config = config;
    this.snapshots = snapshots;
    this.keeper = keeper;
    this.tables = tables;
    this.position = readPosition(tables);
  }

  /** Loads the native library, which takes a while: call it early, on a thread of its own. */
  public static void preload(IndexConfig config) {
    new NativeLibrary(config.libraryFolder()).load();
  }

  /**
   * Opens the index of a log, made anew from a snapshot or empty if it is missing, damaged or ahead
   * of the log.
   *
   * @param logEnd where the log ends
   */
  public static RocksIndex open(IndexConfig config, long logEnd) throws IOException {
    Snapshots snapshots = Snapshots.open(config.snapshotFolder());
    return open(config, logEnd, snapshots, new KeptBeside(snapshots));
  }

  /**
   * The same for an index whose snapshots are stored away.
   *
   * @param beginning a snapshot from there; with it the index begins if it is newer than what lies
   *     here. Its files are linked or copied, and are not needed any more afterwards.
   */
  public static RocksIndex open(
      IndexConfig config, long logEnd, SnapshotKeeper keeper, Optional<SnapshotFiles> beginning)
      throws IOException {
    Snapshots snapshots = Snapshots.open(config.snapshotFolder());
    if (beginning.isPresent() && beginning.get().position() > snapshots.newest()) {
      snapshots.adopt(beginning.get());
    }
    return open(config, logEnd, snapshots, keeper);
  }

  /**
   * The position that an index opened here reflects at least, provided that its files are sound; 0:
   * nothing is known of it. Whoever could begin with a newer snapshot fetches that first.
   */
  public static long knownPosition(IndexConfig config) throws IOException {
    List<Long> positions = Snapshots.list(config.snapshotFolder());
    return positions.isEmpty() ? 0 : positions.getLast();
  }

  private static RocksIndex open(
      IndexConfig config, long logEnd, Snapshots snapshots, SnapshotKeeper keeper)
      throws IOException {
    preload(config);
    removeSnapshotsBeyond(logEnd, snapshots);
    RocksIndex index =
        Files.exists(config.folder()) ? openExisting(config, snapshots, keeper) : null;
    if (index != null && !index.isBest(logEnd)) {
      index.close();
      index = null;
    }
    return index != null ? index : openNew(config, snapshots, keeper);
  }

  /** Whether nothing better can be made of a log and the snapshots. */
  private boolean isBest(long logEnd) {
    if (position > logEnd) {
      LOG.warn(
          "The index in {} reflects position {}, beyond the log's end {}: it is made anew.",
          config.folder(),
          position,
          logEnd);
      return false;
    }
    if (position < snapshots.newest()) {
      LOG.info(
          "The index in {} reflects position {}, a snapshot {}: it is made anew from that.",
          config.folder(),
          position,
          snapshots.newest());
      return false;
    }
    return true;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    enter();
    try {
      return tables.db().get(tables.handle(table), key);
    } catch (RocksDBException e) {
      throw failed("read", e);
    } finally {
      leave();
    }
  }

  @Override
  public void scan(Table table, byte[] from, byte[] to, RowVisitor visitor) {
    if (Arrays.compareUnsigned(from, to) >= 0) {
      return;
    }
    enter();
    try (Slice end = new Slice(to);
        ReadOptions options = scanOptions(table, from, to).setIterateUpperBound(end);
        RocksIterator rows = tables.db().newIterator(tables.handle(table), options)) {
      for (rows.seek(from); rows.isValid(); rows.next()) {
        if (!visitor.visit(rows.key(), rows.value())) {
          return;
        }
      }
      rows.status();
    } catch (RocksDBException e) {
      throw failed("scanned", e);
    } finally {
      leave();
    }
  }

  @Override
  public @Nullable Row floor(Table table, byte[] key, byte[] lowest) {
    enter();
    // Going backwards, RocksDB's prefix mode misses rows: the contract suite shows it.
    try (Slice start = new Slice(lowest);
        ReadOptions options =
            new ReadOptions().setTotalOrderSeek(true).setIterateLowerBound(start);
        RocksIterator rows = tables.db().newIterator(tables.handle(table), options)) {
      rows.seekForPrev(key);
      rows.status();
      return rows.isValid() ? new Row(rows.key(), rows.value()) : null;
    } catch (RocksDBException e) {
      throw failed("read", e);
    } finally {
      leave();
    }
  }

  @Override
  public void write(IndexBatch batch, long newPosition) {
    if (newPosition < position) {
      throw new IllegalArgumentException(
          "position %d is below the index's %d".formatted(newPosition, position));
    }
    enter();
    try (WriteBatch changes = new WriteBatch()) {
      batch.forEach(new ChangeWriter(changes));
      changes.put(
          tables.positionHandle(),
          POSITION_KEY,
          ByteBuffer.allocate(Long.BYTES).putLong(newPosition).array());
      tables.db().write(writeOptions, changes);
      position = newPosition;
    } catch (RocksDBException e) {
      throw failed("written", e);
    } finally {
      leave();
    }
  }

  @Override
  public void flush() {
    enter();
    try {
      flushTables();
    } finally {
      leave();
    }
  }

  @Override
  public void snapshot() throws IOException {
    if (isStoringSnapshot()) {
      return;
    }
    enter();
    try {
      flushTables();
      long reflected = position;
      snapshots.add(reflected, this::checkpoint);
      storing = keeper.keep(new SnapshotFiles(reflected, snapshots.at(reflected)));
    } finally {
      leave();
    }
  }

  @Override
  public long oldestSnapshotPosition() {
    return keeper.oldestPosition();
  }

  @Override
  public long newestSnapshotPosition() {
    return keeper.newestPosition();
  }

  @Override
  public boolean isStoringSnapshot() {
    return !storing.isDone();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
      try {
        flushTables();
      } catch (UncheckedIOException e) {
        LOG.warn("The index could not be flushed at the stop; the next start replays more.", e);
      }
      writeOptions.close();
      tables.close();
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public long sizeBytes() {
    lock.readLock().lock();
    try {
      return isClosed ? 0 : tables.db().getAggregatedLongProperty("rocksdb.live-sst-files-size");
    } catch (RocksDBException e) {
      throw new UncheckedIOException(new IOException("the index does not tell its size", e));
    } finally {
      lock.readLock().unlock();
    }
  }

  private void flushTables() {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      tables.db().flush(options, tables.handles());
    } catch (RocksDBException e) {
      throw failed("flushed", e);
    }
  }

  private void checkpoint(Path target) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.create(tables.db())) {
      checkpoint.createCheckpoint(target.toString());
    } catch (RocksDBException e) {
      if (isForWantOfRoom(e)) {
        throw failed("copied to " + target, e);
      }
      throw new IOException("no snapshot of the index could be made in " + target, e);
    }
  }

  /**
   * A scan that stays within one prefix may use the bloom filter on it; any other must not, or rows
   * of other prefixes would be missed.
   */
  private static ReadOptions scanOptions(Table table, byte[] from, byte[] to) {
    int prefix = table.prefixBytes();
    boolean staysInPrefix =
        prefix > 0
            && from.length >= prefix
            && (hasSamePrefix(from, to, prefix) || endsWherePrefixEnds(from, to, prefix));
    return staysInPrefix
        ? new ReadOptions().setPrefixSameAsStart(true)
        : new ReadOptions().setTotalOrderSeek(true);
  }

  private static boolean hasSamePrefix(byte[] from, byte[] to, int prefix) {
    return to.length >= prefix && Arrays.equals(from, 0, prefix, to, 0, prefix);
  }

  /** Whether the end is the first key that is greater than all with the prefix of the start. */
  private static boolean endsWherePrefixEnds(byte[] from, byte[] to, int prefix) {
    byte[] end = Arrays.copyOf(from, prefix);
    int last = prefix - 1;
    while (last >= 0 && ++end[last] == 0) {
      last--;
    }
    return last >= 0 && Arrays.equals(end, to);
  }

  private static @Nullable RocksIndex openExisting(
      IndexConfig config, Snapshots snapshots, SnapshotKeeper keeper) throws IOException {
    try {
      return new RocksIndex(config, snapshots, keeper, RocksTables.open(config, config.folder()));
    } catch (IndexInUseException e) {
      throw e;
    } catch (IOException e) {
      LOG.warn("The index in {} cannot be opened and is made anew.", config.folder(), e);
      return null;
    }
  }

  /** Begins with the newest snapshot that opens, else empty. */
  private static RocksIndex openNew(IndexConfig config, Snapshots snapshots, SnapshotKeeper keeper)
      throws IOException {
    List<Long> positions = snapshots.positions();
    for (long position : positions.reversed()) {
      Snapshots.delete(config.folder());
      snapshots.restore(position, config.folder());
      RocksIndex index = openExisting(config, snapshots, keeper);
      if (index != null && index.position == position) {
        LOG.info("The index begins with the snapshot of position {}.", position);
        return index;
      }
      LOG.warn("The snapshot of position {} is damaged and is removed.", position);
      if (index != null) {
        index.close();
      }
      snapshots.remove(position);
    }
    Snapshots.delete(config.folder());
    Files.createDirectories(config.folder());
    return new RocksIndex(config, snapshots, keeper, RocksTables.open(config, config.folder()));
  }

  private static void removeSnapshotsBeyond(long logEnd, Snapshots snapshots) throws IOException {
    for (long position : snapshots.positions()) {
      if (position > logEnd) {
        LOG.warn(
            "The snapshot of position {} lies beyond the log's end {} and is removed.",
            position,
            logEnd);
        snapshots.remove(position);
      }
    }
  }

  private static long readPosition(RocksTables tables) throws IOException {
    try {
      byte[] value = tables.db().get(tables.positionHandle(), POSITION_KEY);
      return value == null ? 0 : ByteBuffer.wrap(value).getLong();
    } catch (RocksDBException e) {
      tables.close();
      throw new IOException("the position of the index cannot be read", e);
    }
  }

  private void enter() {
    lock.readLock().lock();
    if (isClosed) {
      lock.readLock().unlock();
      throw new IllegalStateException("the index is closed");
    }
  }

  private void leave() {
    lock.readLock().unlock();
  }

  /**
   * After a write to a full disk RocksDB refuses all writes with the same status. It looks for room
   * every few seconds by itself and then goes on.
   */
  private static boolean isForWantOfRoom(RocksDBException failure) {
    return failure.getStatus() != null
        && failure.getStatus().getSubCode() == Status.SubCode.NoSpace;
  }

  private UncheckedIOException failed(String what, RocksDBException cause) {
    IOException failure =
        new IOException(
            "the index in %s cannot be %s: %s".formatted(config.folder(), what, cause.getMessage()),
            cause);
    return isForWantOfRoom(cause)
        ? new IndexFullException(failure)
        : new UncheckedIOException(failure);
  }

  /** Turns changes into those of a RocksDB batch. */
  private final class ChangeWriter implements IndexBatch.Visitor {
    private final WriteBatch changes;

    ChangeWriter(WriteBatch changes) {
      this.changes = changes;
    }

    @Override
    public void put(Table table, byte[] key, byte[] value) {
      change(() -> changes.put(tables.handle(table), key, value));
    }

    @Override
    public void delete(Table table, byte[] key) {
      change(() -> changes.delete(tables.handle(table), key));
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) {
      if (Arrays.compareUnsigned(from, to) < 0) {
        change(() -> changes.deleteRange(tables.handle(table), from, to));
      }
    }

    private void change(Change change) {
      try {
        change.apply();
      } catch (RocksDBException e) {
        throw failed("written", e);
      }
    }
  }

  @FunctionalInterface
  private interface Change {
    void apply() throws RocksDBException;
  }
}
