package io.rivulet.testkit.index;

import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.IndexFullException;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: reads go to concurrent maps, changes come from one thread at a time. An
 * index in memory that can be crashed, lost and damaged.
 *
 * <p>{@link #crash} gives the index that is found after a crash: the last flushed state and as many
 * later writes as the test wants. {@link #lose} gives what is found when the index folder is gone:
 * the newest snapshot.
 */
public final class MemoryIndex implements Index {
  private static final int KEPT_SNAPSHOTS = 2;

  /** All rows as of one position. */
  private static final class Rows implements IndexBatch.Visitor {
    private final Map<Table, ConcurrentNavigableMap<byte[], byte[]>> tables =
        new EnumMap<>(Table.class);
    private volatile long position;

    Rows() {
      for (Table table : Table.values()) {
        tables.put(table, new ConcurrentSkipListMap<>(Arrays::compareUnsigned));
      }
    }

    Rows copy() {
      Rows copy = new Rows();
      for (Table table : Table.values()) {
        copy.of(table).putAll(of(table));
      }
      copy.position = position;
      return copy;
    }

    NavigableMap<byte[], byte[]> of(Table table) {
      return Objects.requireNonNull(tables.get(table));
    }

    void apply(IndexBatch batch, long newPosition) {
      batch.forEach(this);
      position = newPosition;
    }

    @Override
    public void put(Table table, byte[] key, byte[] value) {
      of(table).put(key.clone(), value.clone());
    }

    @Override
    public void delete(Table table, byte[] key) {
      of(table).remove(key);
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) {
      if (Arrays.compareUnsigned(from, to) < 0) {
        of(table).subMap(from, true, to, false).clear();
      }
    }
  }

  private record Write(IndexBatch batch, long position) {}

  private final Rows rows;
  private final Rows flushed;
  private final List<Write> unflushed = new ArrayList<>();
  private final Deque<Rows> snapshots;
  private volatile boolean isClosed;
  private volatile boolean isFull;
  private volatile boolean isStoringSlow;
  private volatile @Nullable Rows storing;

  public MemoryIndex() {
    this(new Rows(), new ConcurrentLinkedDeque<>());
  }

  private MemoryIndex(Rows rows, Deque<Rows> snapshots) {
    this.rows = rows;
    this.flushed = rows.copy();
    this.snapshots = new ConcurrentLinkedDeque<>(snapshots);
  }

  // ---- what the test decides ----

  /** Whether the disk has no room: writes and flushes fail until it has. */
  public void setFull(boolean full) {
    isFull = full;
  }

  /** Whether a snapshot is stored only when {@link #snapshotStored} says so. */
  public void setStoringSlow(boolean slow) {
    isStoringSlow = slow;
  }

  /** The snapshot that is being stored counts from now on, or never. */
  public void snapshotStored(boolean isStored) {
    Rows snapshot = Objects.requireNonNull(storing, "no snapshot is being stored");
    if (isStored) {
      add(snapshot);
    }
    storing = null;
  }

  private void checkRoom() {
    if (isFull) {
      throw new IndexFullException(new IOException("no space left in memory, says the test"));
    }
  }

  /** Writes since the last flush: what a crash may take. */
  public int unflushedWrites() {
    return unflushed.size();
  }

  /** The index as it is found after a crash: flushed, plus the first {@code keptWrites} since. */
  public MemoryIndex crash(int keptWrites) {
    Rows found = flushed.copy();
    for (Write write : unflushed.subList(0, Math.min(keptWrites, unflushed.size()))) {
      found.apply(write.batch, write.position);
    }
    isClosed = true;
    return new MemoryIndex(found, snapshots);
  }

  /** The index as it is found when its folder was lost: the newest snapshot, or nothing. */
  public MemoryIndex lose() {
    isClosed = true;
    Rows newest = snapshots.peekLast();
    return new MemoryIndex(newest == null ? new Rows() : newest.copy(), snapshots);
  }

  /** The index as it is found by a log that ends at {@code logEnd}: what lies beyond is gone. */
  public MemoryIndex reopenBefore(long logEnd) {
    close();
    Deque<Rows> usable = new ConcurrentLinkedDeque<>(snapshots);
    usable.removeIf(snapshot -> snapshot.position > logEnd);
    Rows newest = usable.peekLast();
    return rows.position <= logEnd
        ? new MemoryIndex(rows.copy(), usable)
        : new MemoryIndex(newest == null ? new Rows() : newest.copy(), usable);
  }

  /** As {@link #lose} with the snapshots lost as well. */
  public MemoryIndex loseAll() {
    isClosed = true;
    return new MemoryIndex();
  }

  /** How many rows a table has. */
  public int size(Table table) {
    return rows.of(table).size();
  }

  // ---- the port ----

  @Override
  public long position() {
    return rows.position;
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    checkOpen();
    byte[] value = rows.of(table).get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public void scan(Table table, byte[] from, byte[] to, RowVisitor visitor) {
    checkOpen();
    if (Arrays.compareUnsigned(from, to) >= 0) {
      return;
    }
    for (var entry : rows.of(table).subMap(from, true, to, false).entrySet()) {
      if (!visitor.visit(entry.getKey().clone(), entry.getValue().clone())) {
        return;
      }
    }
  }

  @Override
  public @Nullable Row floor(Table table, byte[] key, byte[] lowest) {
    checkOpen();
    var entry = rows.of(table).floorEntry(key);
    return entry == null || Arrays.compareUnsigned(entry.getKey(), lowest) < 0
        ? null
        : new Row(entry.getKey().clone(), entry.getValue().clone());
  }

  @Override
  public void write(IndexBatch batch, long position) {
    checkOpen();
    checkRoom();
    if (position < rows.position) {
      throw new IllegalArgumentException(
          "position " + position + " is below the index's " + rows.position);
    }
    rows.apply(batch, position);
    unflushed.add(new Write(batch, position));
  }

  @Override
  public void flush() {
    checkOpen();
    checkRoom();
    for (Write write : unflushed) {
      flushed.apply(write.batch, write.position);
    }
    unflushed.clear();
  }

  @Override
  public void snapshot() {
    checkOpen();
    if (isStoringSnapshot()) {
      return;
    }
    flush();
    if (isStoringSlow) {
      storing = flushed.copy();
    } else {
      add(flushed.copy());
    }
  }

  private void add(Rows snapshot) {
    snapshots.removeIf(older -> older.position == snapshot.position);
    snapshots.addLast(snapshot);
    while (snapshots.size() > KEPT_SNAPSHOTS) {
      snapshots.removeFirst();
    }
  }

  @Override
  public long oldestSnapshotPosition() {
    Rows oldest = snapshots.peekFirst();
    return oldest == null ? 0 : oldest.position;
  }

  @Override
  public long newestSnapshotPosition() {
    Rows newest = snapshots.peekLast();
    return newest == null ? 0 : newest.position;
  }

  @Override
  public boolean isStoringSnapshot() {
    return storing != null;
  }

  /** Always 0: it has no files. */
  @Override
  public long sizeBytes() {
    return 0;
  }

  /** Flushes, as the real index does; {@link #crash} then gives the same content again. */
  @Override
  public void close() {
    if (!isClosed) {
      flush();
      isClosed = true;
    }
  }

  private void checkOpen() {
    if (isClosed) {
      throw new IllegalStateException("the index is closed");
    }
  }
}
