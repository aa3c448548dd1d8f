package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Messages that were appended to one queue, as read back from the log at replay.
 *
 * <pre>
 * type           byte   1 = messages, 2 = one message in chunks, 3 = a chunk,
 *                       4 = messages with demands, 5 = one message in chunks with its demand,
 *                       6, 7 = the same, parked
 * queue id       long
 * first offset   long
 * store millis   long
 * count          int
 * chunked bytes  long   0 unless in chunks
 * per message:   length (int), hash of id (long), hash of tag (long),
 *                with demands: cost (int), deadline (long, epoch millis, 0 = none);
 *                parked: when it is due (long, epoch millis); bytes
 * </pre>
 *
 * The bytes of a message in chunks are: count (int), then position (long) and length (int) of each
 * chunk; the chunks precede it in the log as records of type 3 and mean nothing without it.
 *
 * @param chunksFrom where the first chunk of a message in chunks begins; -1 if there is none
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record MessageRecord(long queueId, Run run, long[] idHashes, long chunksFrom) {
  static final int MESSAGES = 1;
  static final int CHUNKED = 2;
  static final int CHUNK = 3;
  static final int MESSAGES_WITH_DEMANDS = 4;
  static final int CHUNKED_WITH_DEMAND = 5;
  static final int PARKED = 6;
  static final int CHUNKED_PARKED = 7;

  /** Not of messages but of one that joins its queue: {@link JoinRecord}. */
  static final int JOINED = 8;

  /** In the bytes of a message in chunks: where the position of the first chunk stands. */
  private static final int FIRST_CHUNK_AT = 4;

  /** Bytes before the first message's header. */
  static final int HEADER_BYTES = 1 + 8 + 8 + 8 + 4 + 8;

  /** Writes the record; the run's position is relative to {@code out} until it is placed. */
  static Run write(
      ByteWriter out,
      long queueId,
      long firstOffset,
      long storeMillis,
      List<Draft> drafts,
      long chunkedBytes,
      boolean areParked) {
    Demands demands = Demands.of(drafts, areParked);
    out.putByte(typeOf(chunkedBytes > 0, demands));
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
        if (areParked) {
          out.putLong(draft.deliverAtMillis());
        }
      }
      draft.copyTo(out, 0, lengths[i]);
    }
    return new Run(firstOffset, position, storeMillis, lengths, tagHashes, demands, chunkedBytes);
  }

  /** Where the first chunk of such a message begins. */
  static long chunksFrom(Draft header) {
    return ByteBuffer.wrap(header.head()).getLong(FIRST_CHUNK_AT);
  }

  private static int typeOf(boolean isChunked, @Nullable Demands demands) {
    if (demands != null && demands.dues() != null) {
      return isChunked ? CHUNKED_PARKED : PARKED;
    }
    if (demands != null) {
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
    boolean areParked = type == PARKED || type == CHUNKED_PARKED;
    boolean isPlain = type == MESSAGES || type == CHUNKED;
    Demands demands = isPlain ? null : Demands.ofCount(count, areParked);
    long chunksFrom = -1;
    for (int i = 0; i < count; i++) {
      lengths[i] = in.getInt();
      idHashes[i] = in.getLong();
      tagHashes[i] = in.getLong();
      if (demands != null) {
        demands.costs()[i] = in.getInt();
        demands.deadlines()[i] = in.getLong();
        if (demands.dues() != null) {
          demands.dues()[i] = in.getLong();
        }
      }
      if (chunkedBytes > 0) {
        in.skip(FIRST_CHUNK_AT);
        chunksFrom = in.getLong();
        in.skip(lengths[i] - FIRST_CHUNK_AT - Long.BYTES);
      } else {
        in.skip(lengths[i]);
      }
    }
    return new MessageRecord(
        queueId,
        Run.placed(firstOffset, position, storeMillis, lengths, tagHashes, demands, chunkedBytes),
        idHashes,
        chunksFrom);
  }
}
