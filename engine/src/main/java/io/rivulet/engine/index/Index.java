package io.rivulet.engine.index;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Ordered tables of byte rows: a cache of the fold of the commit log, with the position that it
 * reflects. Keys compare as unsigned bytes. Losing it costs time, never data.
 *
 * <p>{@link #write} is called by one thread at a time; reads are safe for all threads and see every
 * finished write. After a crash the index is exactly as after one of its writes (not necessarily
 * the last), and {@link #position()} says which.
 */
public interface Index extends AutoCloseable {

  /** Takes rows of a scan; returns whether to go on. */
  @FunctionalInterface
  interface RowVisitor {
    boolean visit(byte[] key, byte[] value);
  }

  /** The log position that the rows reflect; 0 for a fresh index. */
  long position();

  byte @Nullable [] get(Table table, byte[] key);

  /** Rows with {@code from <= key < to}, ascending, until the visitor says stop. */
  void scan(Table table, byte[] from, byte[] to, RowVisitor visitor);

  /** The row with the greatest key that is at most {@code key} and at least {@code lowest}. */
  @Nullable Row floor(Table table, byte[] key, byte[] lowest);

  /**
   * Applies all changes of the batch and the position as one.
   *
   * @throws IndexFullException if the disk has no room for it: it is tried again later, with the
   *     same batch, as are {@link #flush} and {@link #snapshot}
   */
  void write(IndexBatch batch, long position);

  /** Writes what is in memory to disk, so that a restart replays only what comes after. */
  void flush();

  /**
   * Makes a complete, durable copy that survives the loss of the index, cheaply (hard links where
   * possible), and drops all but the two newest. An index that is opened empty begins with the
   * newest one. Called after {@link #flush}, before the log is trimmed; blocks.
   *
   * <p>Where snapshots are stored away ({@link SnapshotKeeper}) this begins to do so and does not
   * wait for it: the snapshot counts once it is stored. Nothing is made while one {@linkplain
   * #isStoringSnapshot is being stored}.
   */
  void snapshot() throws IOException;

  /**
   * Position of the oldest snapshot that is kept; the log must not be trimmed beyond it; 0: none.
   * Never blocks.
   */
  long oldestSnapshotPosition();

  /** Position of the newest snapshot that is kept; 0: none. Never blocks. */
  long newestSnapshotPosition();

  /** Whether a snapshot that was made is being stored away. Never blocks. */
  boolean isStoringSnapshot();

  @Override
  void close();

  /** Bytes of its files, roughly; safe for all threads. */
  long sizeBytes();
}
