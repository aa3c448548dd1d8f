package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.util.List;

/**
 * Immutable. Messages that were appended to one queue, as read back from the log at replay.
 *
 * <pre>
 * type           byte   1 = messages, 2 = one message in chunks, 3 = a chunk,
 *                       4 = messages with demands, 5 = one message in chunks with its demand
 * queue id       long
 * first offset   long
 * store millis   long
 * count          int
 * chunked bytes  long   0 unless in chunks
 * per message:   length (int), hash of id (long), hash of tag (long),
 *                with demands: cost (int), deadline (long, epoch millis, 0 = none); bytes
 * </pre>
 *
 * The bytes of a message in chunks are: count (int), then position (long) and length (int) of each
 * chunk; the chunks precede it in the log as records of type 3 and mean nothing without it.
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record MessageRecord(long queueId, Run run, long[] idHashes) {
  static final int MESSAGES = 1;
  static final int CHUNKED = 2;
  static final int CHUNK = 3;
  static final int MESSAGES_WITH_DEMANDS = 4;
  static final int CHUNKED_WITH_DEMAND = 5;

  /** Bytes before the first message's header. */
  static final int HEADER_BYTES = 1 + 8 + 8 + 8 + 4 + 8;

  /** Writes the record; the run's position is relative to {@code out} until it is placed. */
  static Run write(
      ByteWriter out,
      long queueId,
      long firstOffset,
      long storeMillis,
      List<Draft> drafts,
      long chunkedBytes) {
    Demands demands = Demands.of(drafts);
    out.putByte(typeOf(chunkedBytes > 0, demands != null));
    out.putLong(queueId).putLong(firstOffset).putLong(storeMillis);
    out.putInt(drafts.size()).putLong(chunkedBytes);
    int position = out.size();
    int[] lengths = new int[drafts.size()];
    long[] tagHashes = new long[drafts.size()];
    for (int i = 0; i < lengths.length; i++) {
      Draft draft = drafts.get(i);
      lengths[i] = draft.sizeBytes();
      tagHashes[i] = draft.tagHash();
      out.putInt(lengths[i]).putLong(draft.idHash()).putLong(draft.tagHash());
      if (demands != null) {
        out.putInt(draft.demand().cost()).putLong(draft.demand().deadlineMillis());
      }
      draft.copyTo(out, 0, lengths[i]);
    }
    return new Run(firstOffset, position, storeMillis, lengths, tagHashes, demands, chunkedBytes);
  }

  private static int typeOf(boolean isChunked, boolean hasDemands) {
    if (hasDemands) {
      return isChunked ? CHUNKED_WITH_DEMAND : MESSAGES_WITH_DEMANDS;
    }
    return isChunked ? CHUNKED : MESSAGES;
  }

  /** Reads what follows the type byte; {@code base} is the position of the buffer's beginning. */
  static MessageRecord read(ByteReader in, int type, long base) {
    long queueId = in.getLong();
    long firstOffset = in.getLong();
    long storeMillis = in.getLong();
    int count = in.getInt();
    long chunkedBytes = in.getLong();
    if (count < 1 || (long) count * Run.HEADER_BYTES > in.remaining()) {
      throw new IllegalArgumentException("a record of " + count + " messages");
    }
    long position = base + in.index();
    int[] lengths = new int[count];
    long[] idHashes = new long[count];
    long[] tagHashes = new long[count];
    boolean hasDemands = type == MESSAGES_WITH_DEMANDS || type == CHUNKED_WITH_DEMAND;
    Demands demands = hasDemands ? new Demands(new int[count], new long[count]) : null;
    for (int i = 0; i < count; i++) {
      lengths[i] = in.getInt();
      idHashes[i] = in.getLong();
      tagHashes[i] = in.getLong();
      if (demands != null) {
        demands.costs()[i] = in.getInt();
        demands.deadlines()[i] = in.getLong();
      }
      in.skip(lengths[i]);
    }
    return new MessageRecord(
        queueId,
        Run.placed(firstOffset, position, storeMillis, lengths, tagHashes, demands, chunkedBytes),
        idHashes);
  }
}
