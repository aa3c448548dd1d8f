package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;

/**
 * Immutable. The time of a parked message has come: it joins its queue. What it is stays where it
 * was parked; the record repeats what the index must know of it, so that a replay looks nothing up.
 *
 * <pre>
 * type             byte   8
 * queue id         long   the queue that it joins
 * offset           long   its place there
 * store millis     long
 * parking queue id, offset there    long, long
 * due millis       long   under which it was parked
 * position         long   of the message's bytes
 * length           int
 * chunked bytes    long   0 unless in chunks
 * hash of tag      long
 * demand           flag (byte), if 1: cost (int), deadline (long)
 * </pre>
 */
record JoinRecord(long queueId, Run run, long parkingId, long parkedOffset, long dueMillis) {
  /** Writes it; the run's position is relative to {@code out} until it is placed. */
  static Run write(ByteWriter out, Queue queue, long storeMillis, Parked.Place parked, Run body) {
    long offset = parked.offset();
    Run run = Run.joined(queue.nextOffset, out.size(), storeMillis, body, offset);
    out.putByte(MessageRecord.JOINED);
    out.putLong(queue.id).putLong(run.firstOffset).putLong(storeMillis);
    out.putLong(parked.queueId()).putLong(offset).putLong(parked.dueMillis());
    out.putLong(body.positionOf(offset)).putInt(body.lengthOf(offset));
    out.putLong(body.chunkedBytes).putLong(body.tagHashOf(offset));
    out.putBoolean(run.hasDemands());
    if (run.hasDemands()) {
      out.putInt(body.costOf(offset)).putLong(body.deadlineOf(offset));
    }
    return run;
  }

  /** Reads what follows the type byte; {@code position} is that of the record in the log. */
  static JoinRecord read(ByteReader in, long position) {
    long queueId = in.getLong();
    long firstOffset = in.getLong();
    long storeMillis = in.getLong();
    long parkingId = in.getLong();
    long parkedOffset = in.getLong();
    long dueMillis = in.getLong();
    long messagePosition = in.getLong();
    int length = in.getInt();
    long chunkedBytes = in.getLong();
    long tagHash = in.getLong();
    Demands demands = in.getBoolean() ? Demands.ofCount(1, false) : null;
    if (demands != null) {
      demands.costs()[0] = in.getInt();
      demands.deadlines()[0] = in.getLong();
    }
    Run run =
        Run.joined(
            firstOffset,
            position,
            storeMillis,
            length,
            tagHash,
            demands,
            chunkedBytes,
            messagePosition);
    run.place(0);
    return new JoinRecord(queueId, run, parkingId, parkedOffset, dueMillis);
  }

  Parked.Place parked() {
    return new Parked.Place(dueMillis, parkingId, parkedOffset);
  }
}
