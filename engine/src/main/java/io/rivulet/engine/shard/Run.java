package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.scheduling.Demand;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread until placed, immutable after. Messages of one queue that lie side by
 * side in one record of the log: what the index knows of them, one row for all.
 *
 * <p>Each message is preceded by a header of {@link #headerBytes} in the record. A chunked message
 * is a run of its own whose bytes are the list of its chunks; {@code chunkedBytes} is then the size
 * of the whole.
 *
 * <p>A message that was parked is a run of its own as well once it has joined its queue: it stands
 * in the log where it was parked, and has its place in the queue's order by the record that made it
 * join.
 */
final class Run {
  /** Before each message: length (int), hash of its id (long), hash of its tag (long). */
  static final int HEADER_BYTES = 20;

  final long firstOffset;

  private static final long OWN = -1;

  /** Of the first message's header in the log; relative to its batch until {@link #place}. */
  private long position;

  /** Where the header would be if the message was parked; else {@link #OWN}. */
  private final long parkedPosition;

  private boolean isPlaced;

  final long storeMillis;
  final int count;
  final long chunkedBytes;
  private final int length;
  private final long tagHash;
  private final int @Nullable [] lengths;
  private final long @Nullable [] tagHashes;
  private final @Nullable Demands demands;

  /** A run of one message, or of messages that are alike. */
  Run(
      long firstOffset,
      long position,
      long storeMillis,
      int[] lengths,
      long[] tagHashes,
      @Nullable Demands demands,
      long chunkedBytes) {
    this(firstOffset, position, storeMillis, lengths, tagHashes, demands, chunkedBytes, OWN);
  }

  private Run(
      long firstOffset,
      long position,
      long storeMillis,
      int[] lengths,
      long[] tagHashes,
      @Nullable Demands demands,
      long chunkedBytes,
      long parkedPosition) {
    this.parkedPosition = parkedPosition;
    this.demands = demands;
    this.firstOffset = firstOffset;
    this.position = position;
    this.storeMillis = storeMillis;
    this.count = lengths.length;
    this.chunkedBytes = chunkedBytes;
    length = lengths[0];
    tagHash = tagHashes[0];
    boolean isUniform = true;
    for (int i = 1; i < lengths.length; i++) {
      isUniform &= lengths[i] == length && tagHashes[i] == tagHash;
    }
    this.lengths = isUniform ? null : lengths;
    this.tagHashes = isUniform ? null : tagHashes;
  }

  /** Its batch was appended at this position. */
  void place(long base) {
    position += base;
    isPlaced = true;
  }

  boolean isPlaced() {
    return isPlaced;
  }

  /** Whether it lies at or after a place in the log; what is still to be appended always does. */
  boolean isAtOrAfter(long logPosition) {
    return !isPlaced || position >= logPosition;
  }

  /**
   * A message that was parked, at its place in the queue that it joins.
   *
   * @param position of the record that makes it join, relative to its batch
   * @param parked where it was until then
   */
  static Run joined(long firstOffset, long position, long storeMillis, Run parked, long offset) {
    boolean isUsual = parked.costOf(offset) == Demand.USUAL_COST && parked.deadlineOf(offset) == 0;
    Demands demands = isUsual ? null : Demands.ofCount(1, false);
    if (demands != null) {
      demands.costs()[0] = parked.costOf(offset);
      demands.deadlines()[0] = parked.deadlineOf(offset);
    }
    return joined(
        firstOffset,
        position,
        storeMillis,
        parked.lengthOf(offset),
        parked.tagHashOf(offset),
        demands,
        parked.chunkedBytes,
        parked.positionOf(offset));
  }

  /** The same as read back; {@code messagePosition} is that of the message's bytes. */
  static Run joined(
      long firstOffset,
      long position,
      long storeMillis,
      int length,
      long tagHash,
      @Nullable Demands demands,
      long chunkedBytes,
      long messagePosition) {
    int header = demands == null ? HEADER_BYTES : HEADER_BYTES + demands.bytes();
    return new Run(
        firstOffset,
        position,
        storeMillis,
        new int[] {length},
        new long[] {tagHash},
        demands,
        chunkedBytes,
        messagePosition - header);
  }

  /** Whether its bytes are still in a log that begins there. */
  boolean isRetainedFrom(long head) {
    return parkedPosition == OWN ? isAtOrAfter(head) : parkedPosition >= head;
  }

  /** Where its first header begins in the log; a bug if it has no place there yet. */
  long position() {
    if (parkedPosition != OWN) {
      return parkedPosition;
    }
    if (!isPlaced) {
      throw new IllegalStateException("the run at offset " + firstOffset + " has no place yet");
    }
    return position;
  }

  boolean holds(long offset) {
    return offset >= firstOffset && offset < endOffset();
  }

  long endOffset() {
    return firstOffset + count;
  }

  boolean isChunked() {
    return chunkedBytes > 0;
  }

  /** Bytes stored for one message, its header not included. */
  int lengthOf(long offset) {
    return lengths == null ? length : lengths[(int) (offset - firstOffset)];
  }

  /** Bytes of the message as a consumer gets it, roughly. */
  long sizeOf(long offset) {
    return isChunked() ? chunkedBytes : lengthOf(offset);
  }

  /** Hash of the message's tag; 0: none. */
  long tagHashOf(long offset) {
    return tagHashes == null ? tagHash : tagHashes[(int) (offset - firstOffset)];
  }

  /** What it takes to serve the message. */
  int costOf(long offset) {
    return demands == null ? Demand.USUAL_COST : demands.costs()[(int) (offset - firstOffset)];
  }

  /** After this time the message is not handed out, milliseconds since the epoch; 0: none. */
  long deadlineOf(long offset) {
    return demands == null ? 0 : demands.deadlines()[(int) (offset - firstOffset)];
  }

  boolean hasDemands() {
    return demands != null;
  }

  /** When a parked message joins its queue, milliseconds since the epoch. */
  long dueOf(long offset) {
    long[] dues = demands == null ? null : demands.dues();
    return dues == null ? 0 : dues[(int) (offset - firstOffset)];
  }

  /** Bytes in the log before the bytes of each message. */
  int headerBytes() {
    return demands == null ? HEADER_BYTES : HEADER_BYTES + demands.bytes();
  }

  /** Position of the message's bytes, after its header. */
  long positionOf(long offset) {
    int nth = (int) (offset - firstOffset);
    if (lengths == null) {
      return position() + (long) nth * (headerBytes() + length) + headerBytes();
    }
    long at = position() + headerBytes();
    for (int i = 0; i < nth; i++) {
      at += lengths[i] + headerBytes();
    }
    return at;
  }

  byte[] toRow() {
    if (!isPlaced) {
      throw new IllegalStateException("the run at offset " + firstOffset + " has no place yet");
    }
    ByteWriter out = new ByteWriter(demands == null ? 40 : 40 + 21 * count);
    if (parkedPosition == OWN) {
      out.putLong(position);
    } else {
      out.putLong(~position).putVarLong(parkedPosition);
    }
    out.putVarLong(storeMillis).putVarInt(count).putVarLong(chunkedBytes);
    boolean isUniform = lengths == null || tagHashes == null;
    out.putBoolean(isUniform);
    for (int i = 0; i < (isUniform ? 1 : count); i++) {
      out.putVarInt(lengthOf(firstOffset + i));
      long tag = tagHashOf(firstOffset + i);
      out.putBoolean(tag != 0);
      if (tag != 0) {
        out.putLong(tag);
      }
    }
    if (demands != null) {
      for (int i = 0; i < count; i++) {
        out.putVarInt(demands.costs()[i]).putVarLong(demands.deadlines()[i]);
      }
      long[] dues = demands.dues();
      for (int i = 0; dues != null && i < count; i++) {
        out.putVarLong(dues[i]);
      }
    }
    return out.toBytes();
  }

  static Run fromRow(long firstOffset, byte[] row) {
    ByteReader in = new ByteReader(row);
    long position = in.getLong();
    long parkedPosition = position < 0 ? in.getVarLong() : OWN;
    long storeMillis = in.getVarLong();
    int count = in.getVarInt();
    long chunkedBytes = in.getVarLong();
    boolean isUniform = in.getBoolean();
    int[] lengths = new int[count];
    long[] tagHashes = new long[count];
    for (int i = 0; i < count; i++) {
      if (i > 0 && isUniform) {
        lengths[i] = lengths[0];
        tagHashes[i] = tagHashes[0];
      } else {
        lengths[i] = in.getVarInt();
        tagHashes[i] = in.getBoolean() ? in.getLong() : 0;
      }
    }
    Run run =
        new Run(
            firstOffset,
            position < 0 ? ~position : position,
            storeMillis,
            lengths,
            tagHashes,
            readDemands(in, count),
            chunkedBytes,
            parkedPosition);
    run.isPlaced = true;
    return run;
  }

  private static @Nullable Demands readDemands(ByteReader in, int count) {
    if (!in.hasRemaining()) {
      return null;
    }
    int[] costs = new int[count];
    long[] deadlines = new long[count];
    for (int i = 0; i < count; i++) {
      costs[i] = in.getVarInt();
      deadlines[i] = in.getVarLong();
    }
    long[] dues = in.hasRemaining() ? new long[count] : null;
    for (int i = 0; dues != null && i < count; i++) {
      dues[i] = in.getVarLong();
    }
    return new Demands(costs, deadlines, dues);
  }

  /** A run that is in the log already, at this position. */
  static Run placed(
      long firstOffset,
      long position,
      long storeMillis,
      int[] lengths,
      long[] tagHashes,
      @Nullable Demands demands,
      long chunkedBytes) {
    Run run =
        new Run(firstOffset, position, storeMillis, lengths, tagHashes, demands, chunkedBytes);
    run.isPlaced = true;
    return run;
  }
}
