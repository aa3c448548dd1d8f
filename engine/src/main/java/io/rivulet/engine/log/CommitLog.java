package io.rivulet.engine.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The commit log: everything that changes durable state, in order. It has several forms (memory,
 * files, replicated) and one contract suite, {@code CommitLogContractTest} in the testkit.
 *
 * <p><b>Positions.</b> A position is an opaque, ordered, non-negative {@code long}. A batch is
 * appended as a whole under a base position; the byte at index {@code k} of its payload has the
 * position {@code base + k}. Positions of successive batches increase, with gaps (frame headers,
 * segment ends), and are never reused.
 *
 * <p><b>Atomicity.</b> After a crash a batch is there whole or not at all, and no batch is there
 * without all batches before it. What was reported durable is always there (mode fsync: after power
 * loss; mode interval: after the death of the process).
 *
 * <p><b>Threads.</b> {@link #append}, {@link #trim} and {@link #seal} are called by the one shard
 * thread. {@link #read} and the accessors are safe for all threads. The listener is called by the
 * log's own thread (or, in simulation, by whoever drives it).
 */
public interface CommitLog extends AutoCloseable {

  /** What an append is for: decides whether it may use the reserve when the disk is full. */
  enum Urgency {
    /** New data: refused first when room gets short. */
    NORMAL,
    /**
     * Acknowledgements, reclaim, progress: may use the preallocated reserve, so consumers drain.
     */
    RESERVE
  }

  /** A stretch of the log that is trimmed as one. */
  record Segment(long base, long end, long lastAppendMillis, long sizeBytes) {}

  /** Receives every valid batch at replay, in order. */
  @FunctionalInterface
  interface BatchVisitor {
    /**
     * Takes one batch.
     *
     * @param base position of the payload's first byte
     * @param payload the batch, read-only, valid during the call only
     */
    void visit(long base, ByteBuffer payload) throws IOException;
  }

  /**
   * Begins to accept appends and to report their completion. Called once, after {@link #replay}.
   *
   * @throws IllegalStateException if called twice
   */
  void start(LogListener listener);

  /** Position of the oldest retained batch, or {@link #end()} when the log is empty. */
  long head();

  /**
   * The position right after the last appended batch; every later append has a base that is at
   * least this.
   */
  long end();

  /** Roughly how many bytes were appended between two positions: these may have gaps. */
  default long bytesBetween(long from, long to) {
    return to - from;
  }

  /** Everything below this position is durable in the log's configured mode. */
  long durableEnd();

  /** Everything below this position survives power loss (fsynced), whatever the mode. */
  long syncedEnd();

  /**
   * Whether a batch of this payload size can be appended now without failing for lack of space.
   * After {@code true} the next append of at most that size cannot fail with "no space".
   */
  boolean hasRoomFor(int payloadBytes, Urgency urgency);

  /**
   * Why there is no room although no disk is full, for people; asked when {@link #hasRoomFor} said
   * no. Empty: a disk is full.
   */
  default Optional<String> whyNotNow() {
    return Optional.empty();
  }

  /**
   * Whether another owner may go on with the log while this one has not heard of it: what this one
   * knows is then sure only when something that it appended afterwards has become durable.
   */
  default boolean canBeTakenOver() {
    return false;
  }

  /** Whether a failure says that another owner goes on with the log: then nothing is wrong. */
  default boolean wasTakenOver(Throwable failure) {
    return false;
  }

  /** Bytes appended and not yet written; the shard stops taking sends above a bound. */
  long unwrittenBytes();

  /**
   * Appends one batch as a whole. Returns at once; copying the payload before it returns, so that
   * the caller may reuse the buffer. Completion is reported through {@link LogListener}.
   *
   * @param payload at most {@link #maxBatchBytes()} bytes from position to limit
   * @param awaited whether somebody waits for durability; a batch that nobody waits for is written
   *     but need not be synced by itself
   * @return the base position
   * @throws IllegalStateException if sealed, failed, too large, or without room (see {@link
   *     #hasRoomFor})
   */
  long append(ByteBuffer payload, Urgency urgency, boolean awaited);

  /** Largest payload of one batch, in bytes. */
  int maxBatchBytes();

  /**
   * Reads bytes of one batch. May block on the disk: never call it on the shard thread.
   *
   * @param position a position inside a batch's payload
   * @param length number of bytes, all inside the same batch
   * @return a read-only buffer that holds exactly these bytes and that stays valid
   * @throws TrimmedException if the position lies below {@link #head()}
   * @throws CorruptLogException if what is stored there is damaged, naming position and file
   */
  ByteBuffer read(long position, int length) throws IOException;

  /**
   * The same into memory of the caller's: fills what remains of the target, whose position is its
   * limit afterwards. After a failure the target's position is as before and its bytes are
   * undefined.
   *
   * @param target has room for bytes that are all inside the same batch
   */
  void read(long position, ByteBuffer target) throws IOException;

  /**
   * Reads several stretches, each as {@link #read(long, int)} does; a log may read those that lie
   * close together in one go.
   *
   * @param positions ascending
   * @param lengths as many as positions
   * @return as many buffers, read-only; they may share memory, also with what lies between them
   */
  default ByteBuffer[] readAll(long[] positions, int[] lengths) throws IOException {
    ByteBuffer[] all = new ByteBuffer[positions.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = read(positions[i], lengths[i]);
    }
    return all;
  }

  /**
   * Visits all batches whose base is at or above {@code from}, up to the end, on the calling
   * thread. Used at start, before the first append.
   */
  void replay(long from, BatchVisitor visitor) throws IOException;

  /** Makes everything below {@code position} survive power loss before it returns. Blocks. */
  void sync(long position) throws IOException;

  /** The retained segments, oldest first; the last one is being written. */
  List<Segment> segments();

  /** Removes whole segments that end at or below {@code before}; never the last one. */
  void trim(long before) throws IOException;

  /** Refuses all further appends; returns the final end. What was appended still completes. */
  long seal() throws IOException;

  /** Written and synced as far as possible, then released. */
  @Override
  void close() throws IOException;
}
