package io.rivulet.engine.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. The index as the shard sees it: what it changed and has not yet handed
 * over, over what is being written by the index thread, over the index itself.
 *
 * <p>{@link #freeze} takes everything changed so far as one batch; {@link #written} is called once
 * that batch is in the index. At most one batch is under way.
 *
 * <p>Rows of {@link Table#ENTRY} and {@link Table#RECENT_ID} bypass the overlay: their owners keep
 * in memory what is not written. In a batch they come in the order in which they were given, and
 * before all others. Only entries are deleted by range: a range would go under the rows that stand
 * in the overlay, and these would be put back over it. Queue ids are never reused, so nobody reads
 * a deleted range of entries again.
 */
public final class Rows {
  private static final byte[] DELETED = new byte[0];

  private final Index index;
  private Map<Table, NavigableMap<byte[], byte[]>> current = new EnumMap<>(Table.class);
  private Map<Table, NavigableMap<byte[], byte[]>> writing = new EnumMap<>(Table.class);
  private IndexBatch direct = new IndexBatch();
  private boolean isWriting;
  private int changes;

  public Rows(Index index) {
    this.index = index;
  }

  /** Changes since the last freeze. */
  public int changes() {
    return changes + direct.size();
  }

  public void put(Table table, byte[] key, byte[] value) {
    if (value.length == 0) {
      throw new IllegalArgumentException("a row of " + table + " needs a value");
    }
    change(table, key, value);
  }

  public void delete(Table table, byte[] key) {
    change(table, key, DELETED);
  }

  /** Puts a row of {@link Table#ENTRY}, which is not read back before it is written. */
  public void putEntry(byte[] key, byte[] value) {
    direct.put(Table.ENTRY, key, value);
  }

  /** Deletes a row of {@link Table#ENTRY}, of a queue that is gone. */
  public void deleteEntry(byte[] key) {
    direct.delete(Table.ENTRY, key);
  }

  /** Deletes rows of {@link Table#ENTRY}, all of a queue that is gone: {@code from <= key < to}. */
  public void deleteEntries(byte[] from, byte[] to) {
    direct.deleteRange(Table.ENTRY, from, to);
  }

  /** Puts a row of {@link Table#RECENT_ID}, which is read back at the next start. */
  public void putRecentIds(byte[] key, byte[] value) {
    direct.put(Table.RECENT_ID, key, value);
  }

  public byte @Nullable [] get(Table table, byte[] key) {
    byte[] value = overlay(current, table, key);
    if (value == null) {
      value = overlay(writing, table, key);
    }
    if (value == null) {
      return index.get(table, key);
    }
    return isDeletion(value) ? null : value;
  }

  /** The row with the greatest key in {@code [lowest, key]} among the written rows. */
  public @Nullable Row floorWritten(Table table, byte[] key, byte[] lowest) {
    return index.floor(table, key, lowest);
  }

  /** Scans the written rows only; for tables that bypass the overlay. */
  public void scanWritten(Table table, byte[] from, byte[] to, Index.RowVisitor visitor) {
    index.scan(table, from, to, visitor);
  }

  /** Rows with {@code from <= key < to}, ascending, until the visitor says stop. */
  public void scan(Table table, byte[] from, byte[] to, Index.RowVisitor visitor) {
    NavigableMap<byte[], byte[]> over = new TreeMap<>(Arrays::compareUnsigned);
    collect(writing, table, from, to, over);
    collect(current, table, from, to, over);
    if (over.isEmpty()) {
      index.scan(table, from, to, visitor);
      return;
    }
    boolean[] isStopped = new boolean[1];
    index.scan(
        table,
        from,
        to,
        (key, value) -> {
          while (!over.isEmpty() && Arrays.compareUnsigned(over.firstKey(), key) < 0) {
            if (!visit(over.pollFirstEntry(), visitor)) {
              isStopped[0] = true;
              return false;
            }
          }
          Map.Entry<byte[], byte[]> first = over.firstEntry();
          boolean isOverlaid = first != null && Arrays.equals(first.getKey(), key);
          boolean goOn =
              isOverlaid ? visit(over.pollFirstEntry(), visitor) : visitor.visit(key, value);
          isStopped[0] = !goOn;
          return goOn;
        });
    while (!isStopped[0] && !over.isEmpty()) {
      isStopped[0] = !visit(over.pollFirstEntry(), visitor);
    }
  }

  /**
   * The first rows with {@code from <= key < to}. Unlike {@link #scan} it looks at nothing behind
   * them, however much has changed there.
   */
  public List<Row> first(Table table, byte[] from, byte[] to, int limit) {
    Overlay over = new Overlay(range(current, table, from, to), range(writing, table, from, to));
    List<Row> found = new ArrayList<>();
    index.scan(
        table,
        from,
        to,
        (key, value) -> {
          while (found.size() < limit && over.compareTo(key) < 0) {
            over.take(found);
          }
          if (found.size() < limit) {
            if (over.compareTo(key) == 0) {
              over.take(found);
            } else {
              found.add(new Row(key, value));
            }
          }
          return found.size() < limit;
        });
    while (found.size() < limit && over.hasNext()) {
      over.take(found);
    }
    return found;
  }

  private static Iterator<Map.Entry<byte[], byte[]>> range(
      Map<Table, NavigableMap<byte[], byte[]>> layer, Table table, byte[] from, byte[] to) {
    NavigableMap<byte[], byte[]> rows = layer.get(table);
    return rows == null || Arrays.compareUnsigned(from, to) >= 0
        ? Collections.emptyIterator()
        : rows.subMap(from, true, to, false).entrySet().iterator();
  }

  /** Owned by one call. Two layers of changes in the order of their keys, the upper one hides. */
  private static final class Overlay {
    private final Iterator<Map.Entry<byte[], byte[]>> upper;
    private final Iterator<Map.Entry<byte[], byte[]>> lower;
    private Map.@Nullable Entry<byte[], byte[]> nextUpper;
    private Map.@Nullable Entry<byte[], byte[]> nextLower;

    Overlay(Iterator<Map.Entry<byte[], byte[]>> upper, Iterator<Map.Entry<byte[], byte[]>> lower) {
      this.upper = upper;
      this.lower = lower;
      nextUpper = next(upper);
      nextLower = next(lower);
    }

    private static Map.@Nullable Entry<byte[], byte[]> next(
        Iterator<Map.Entry<byte[], byte[]>> rows) {
      return rows.hasNext() ? rows.next() : null;
    }

    boolean hasNext() {
      return nextUpper != null || nextLower != null;
    }

    /** How the next key compares to this one; greater if there is none. */
    int compareTo(byte[] key) {
      int upperOrder = nextUpper == null ? 1 : Arrays.compareUnsigned(nextUpper.getKey(), key);
      int lowerOrder = nextLower == null ? 1 : Arrays.compareUnsigned(nextLower.getKey(), key);
      return Math.min(Integer.signum(upperOrder), Integer.signum(lowerOrder));
    }

    /** Adds the next row, unless it was deleted. */
    void take(List<Row> into) {
      Map.Entry<byte[], byte[]> one = nextUpper;
      Map.Entry<byte[], byte[]> other = nextLower;
      int order =
          one == null
              ? 1
              : other == null ? -1 : Arrays.compareUnsigned(one.getKey(), other.getKey());
      Map.Entry<byte[], byte[]> first = order <= 0 ? one : other;
      if (order <= 0) {
        nextUpper = next(upper);
      }
      if (order >= 0) {
        nextLower = next(lower);
      }
      if (first != null && !isDeletion(first.getValue())) {
        into.add(new Row(first.getKey(), first.getValue()));
      }
    }
  }

  /** Takes what changed since the last freeze; it stays visible until {@link #written}. */
  public IndexBatch freeze() {
    if (isWriting) {
      throw new IllegalStateException("a batch of " + writing.size() + " tables is under way");
    }
    isWriting = true;
    writing = current;
    current = new EnumMap<>(Table.class);
    IndexBatch batch = direct;
    direct = new IndexBatch();
    changes = 0;
    writing.forEach((table, rows) ->
        rows.forEach((key, value) -> {
          if (isDeletion(value)) {
            batch.delete(table, key);
          } else {
            batch.put(table, key, value);
          }
        }));
    return batch;
  }

  /** The frozen batch is in the index. */
  public void written() {
    isWriting = false;
    writing = new EnumMap<>(Table.class);
  }

  /** Rows have values; an empty one marks a deletion. */
  private static boolean isDeletion(byte[] value) {
    return value.length == 0;
  }

  private static boolean visit(Map.Entry<byte[], byte[]> row, Index.RowVisitor visitor) {
    return isDeletion(row.getValue()) || visitor.visit(row.getKey(), row.getValue());
  }

  private void change(Table table, byte[] key, byte[] value) {
    current.computeIfAbsent(table, _ -> new TreeMap<>(Arrays::compareUnsigned)).put(key, value);
    changes++;
  }

  private static byte @Nullable [] overlay(
      Map<Table, NavigableMap<byte[], byte[]>> layer, Table table, byte[] key) {
    NavigableMap<byte[], byte[]> rows = layer.get(table);
    return rows == null ? null : rows.get(key);
  }

  private static void collect(
      Map<Table, NavigableMap<byte[], byte[]>> layer,
      Table table,
      byte[] from,
      byte[] to,
      NavigableMap<byte[], byte[]> into) {
    NavigableMap<byte[], byte[]> rows = layer.get(table);
    if (rows != null && Arrays.compareUnsigned(from, to) < 0) {
      into.putAll(rows.subMap(from, true, to, false));
    }
  }
}
