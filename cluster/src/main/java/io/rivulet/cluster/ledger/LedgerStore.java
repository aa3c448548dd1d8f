package io.rivulet.cluster.ledger;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Replicated, append-only sequences of entries, each written by the one who made it: Apache
 * BookKeeper's ledgers as a port.
 *
 * <p>Safe for all threads. Futures complete on the store's own threads (in a simulation: the
 * caller's), so dependents must not block; they fail with {@link LedgerException}.
 */
public interface LedgerStore extends AutoCloseable {
  /** So many nodes hold each entry if so many run. */
  int COPIES = 3;

  /** A ledger that is being written, by its maker only. Appends are made by one thread. */
  interface Writer {
    long id();

    /**
     * How many nodes hold what is appended now, as far as is known here; below {@link #COPIES} the
     * log is degraded.
     */
    int copies();

    /**
     * Whether a node that should hold what is appended now does not run: then the ledger should be
     * followed by another one, for the storage nodes may recover it to copy what is missing.
     */
    boolean isMissingNode();

    /**
     * Whether some of its entries may be held by fewer nodes than {@link #COPIES}, for all that is
     * known here; a little later it may become so for entries that were acknowledged.
     */
    boolean isThin();

    /**
     * Appends an entry, in order; its number is one more than that of the one before, from 0. The
     * bytes are copied before this returns. Completes in order once enough nodes have it on disk.
     * Fails for good (then all later ones do too) if somebody has {@linkplain LedgerStore#recover
     * recovered} the ledger or too few nodes are left: of the entries whose appends failed, an
     * unbroken beginning may be there after recovery.
     */
    CompletableFuture<Long> append(ByteBuffer entry);

    /** What is appended and acknowledged may be read by the writer at once. */
    Reader reader();

    /** Ends the ledger after its last acknowledged entry. */
    CompletableFuture<Void> close();
  }

  /** A ledger for reading. */
  interface Reader extends AutoCloseable {
    long id();

    /** Number of the last entry that is known to be acknowledged; -1: none. */
    long lastEntry();

    /** Bytes of all entries up to the last one. */
    long sizeBytes();

    /** Entries from the first to the last number, both included; at most a few megabytes. */
    CompletableFuture<List<ByteBuffer>> read(long first, long last);

    @Override
    void close();
  }

  /** What a ledger is for; decides where it must be named so that it is no orphan. */
  enum Use {
    /** A part of the shard's log: named in the shard's record. */
    LOG,
    /** A part of a checkpoint of the shard's index: named in a manifest, or a manifest itself. */
    CHECKPOINT
  }

  /**
   * Immutable. What is kept with a ledger, so that orphans can be told.
   *
   * @param epoch of the shard in which it was made
   */
  record Label(Use use, int shard, long epoch, long madeMillis) {}

  /** Immutable. A ledger that exists, whoever knows of it. */
  record Listed(long id, Label label) {}

  /**
   * Makes a ledger. With fewer nodes than configured it is made on two; with fewer than two this
   * fails.
   */
  CompletableFuture<Writer> create(Label label);

  /**
   * Fences a ledger, so that its writer can append no more, and finds its end. Everything that was
   * acknowledged to the writer is in it.
   */
  CompletableFuture<Reader> recover(long id);

  /**
   * Opens a ledger that has ended; fails with {@link LedgerException.Reason#UNAVAILABLE} while it
   * has not, for then only {@link #recover} finds out what is in it.
   */
  CompletableFuture<Reader> open(long id);

  /**
   * Looks into a ledger that may still be written: what is known to be acknowledged in it just now,
   * which may be a little less than is. Its writer notices nothing.
   */
  CompletableFuture<Reader> peek(long id);

  /** Removes a ledger; fine if it is not there. */
  CompletableFuture<Void> delete(long id);

  /** All ledgers of this cluster. */
  CompletableFuture<List<Listed>> list();

  /**
   * How many nodes take new entries just now, as far as is known here; fewer than two: nothing can
   * be written.
   */
  int writableNodes();

  /**
   * Whether so many nodes are short of room that new data should wait, so that what frees room can
   * still be written.
   */
  boolean isNearlyFull();

  @Override
  void close();
}
