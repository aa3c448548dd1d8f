package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.util.List;

/**
 * Immutable. Messages that were appended to one queue, as read back from the log at replay.
 *
 * <pre>
 * type           byte   1 = messages, 2 = one message in chunks, 3 = a chunk
 * queue id       long
 * first offset   long
 * store millis   long
 * count          int
 * chunked bytes  long   0 unless in chunks
 * per message:   length (int), hash of id (long), hash of tag (long), bytes
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
    out.putByte(chunkedBytes > 0 ? CHUNKED : MESSAGES);
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
      draft.copyTo(out, 0, lengths[i]);
    }
    return new Run(firstOffset, position, storeMillis, lengths, tagHashes, chunkedBytes);
  }

  /** Reads what follows the type byte; {@code base} is the position of the buffer's beginning. */
  static MessageRecord read(ByteReader in, long base) {
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
    for (int i = 0; i < count; i++) {
      lengths[i] = in.getInt();
      idHashes[i] = in.getLong();
      tagHashes[i] = in.getLong();
      in.skip(lengths[i]);
    }
    return new MessageRecord(
        queueId,
        Run.placed(firstOffset, position, storeMillis, lengths, tagHashes, chunkedBytes),
        idHashes);
  }
}
