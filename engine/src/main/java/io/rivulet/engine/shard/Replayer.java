package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import java.nio.ByteBuffer;

/** Owned by the shard thread. Reads batches of the log back into the fold. */
final class Replayer {
  private final Fold fold;

  Replayer(Fold fold) {
    this.fold = fold;
  }

  /** Applies all records of a batch; {@code base} is the position of its first byte. */
  void replay(long base, ByteBuffer batch) {
    ByteReader in = new ByteReader(batch);
    while (in.hasRemaining()) {
      int length = in.getInt();
      int end = in.index() + length;
      int type = in.getByte();
      switch (type) {
        case MessageRecord.MESSAGES,
            MessageRecord.CHUNKED,
            MessageRecord.MESSAGES_WITH_DEMANDS,
            MessageRecord.CHUNKED_WITH_DEMAND,
            MessageRecord.PARKED,
            MessageRecord.CHUNKED_PARKED ->
            fold.replay(MessageRecord.read(in, type, base));
        case MessageRecord.JOINED -> fold.replay(JoinRecord.read(in, base + in.index() - 1));
        case MessageRecord.CHUNK -> in.skip(end - in.index());
        default -> fold.apply(Change.decode(type, in));
      }
      if (in.index() != end) {
        throw new IllegalStateException(
            "a record of type " + type + " ends at " + in.index() + ", not at " + end);
      }
    }
  }
}
