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
 */
final class Run {
  /** Before each message: length (int), hash of its id (long), hash of its tag (long). */
  static final int HEADER_BYTES = 20;

  final long firstOffset;

  /** Of the first message's header in the log; relative to its batch until {@link #place}. */
  private long position;

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

  /** Whether it lies at or after a place in the log; what is still to be appended always does. */
  boolean isAtOrAfter(long logPosition) {
    return !isPlaced || position >= logPosition;
  }

  /** Where it begins in the log; a bug if it has no place there yet. */
  long position() {
    if (!isPlaced) {
      throw new IllegalStateException("the run at offset " + firstOffset + " has no place yet");
    }
    return position;
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

  /** Bytes in the log before the bytes of each message. */
  int headerBytes() {
    return demands == null ? HEADER_BYTES : HEADER_BYTES + Demands.BYTES;
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
    ByteWriter out = new ByteWriter(demands == null ? 40 : 40 + 15 * count);
    out.putLong(position()).putVarLong(storeMillis).putVarInt(count).putVarLong(chunkedBytes);
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
    }
    return out.toBytes();
  }

  static Run fromRow(long firstOffset, byte[] row) {
    ByteReader in = new ByteReader(row);
    long position = in.getLong();
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
    Demands demands = in.hasRemaining() ? new Demands(new int[count], new long[count]) : null;
    for (int i = 0; demands != null && i < count; i++) {
      demands.costs()[i] = in.getVarInt();
      demands.deadlines()[i] = in.getVarLong();
    }
    return placed(firstOffset, position, storeMillis, lengths, tagHashes, demands, chunkedBytes);
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
