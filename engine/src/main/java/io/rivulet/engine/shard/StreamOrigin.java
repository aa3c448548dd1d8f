package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;

/**
 * Immutable. What a stream begins with.
 *
 * @param sourceId the queue whose messages below {@code offset} it begins with; 0: none
 * @param offset its own first message has this one
 * @param wantedOffset what was asked for
 * @param subOffset what was asked for
 */
record StreamOrigin(long sourceId, long offset, long wantedOffset, long subOffset) {
  static final StreamOrigin NONE = new StreamOrigin(0, 0, 0, 0);

  boolean isFork() {
    return sourceId != 0;
  }

  void write(ByteWriter out) {
    out.putVarLong(sourceId).putVarLong(offset).putVarLong(wantedOffset).putVarLong(subOffset);
  }

  static StreamOrigin read(ByteReader in) {
    return new StreamOrigin(in.getVarLong(), in.getVarLong(), in.getVarLong(), in.getVarLong());
  }
}
