package io.rivulet.engine.shard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Immutable once read. What the messages of one run cost and until when they are wanted, where that
 * is not the usual.
 *
 * @param costs by message
 * @param deadlines by message, milliseconds since the epoch; 0: none
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record Demands(int[] costs, long[] deadlines) {
  /** Bytes for each message in a record of the log, after its header. */
  static final int BYTES = 4 + 8;

  /** Null if there is nothing to say. */
  static @Nullable Demands of(List<Draft> drafts) {
    boolean isUsual = true;
    for (Draft draft : drafts) {
      isUsual &= draft.demand().isUsual();
    }
    if (isUsual) {
      return null;
    }
    int[] costs = new int[drafts.size()];
    long[] deadlines = new long[drafts.size()];
    for (int i = 0; i < costs.length; i++) {
      costs[i] = drafts.get(i).demand().cost();
      deadlines[i] = drafts.get(i).demand().deadlineMillis();
    }
    return new Demands(costs, deadlines);
  }
}
