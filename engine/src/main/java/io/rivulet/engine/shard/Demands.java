package io.rivulet.engine.shard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Immutable once read. What the messages of one run cost and until when they are wanted, where that
 * is not the usual.
 *
 * @param costs by message
 * @param deadlines by message, milliseconds since the epoch; 0: none
 * @param dues when each joins its queue, milliseconds since the epoch; null unless they are parked
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record Demands(int[] costs, long[] deadlines, long @Nullable [] dues) {
  /** Bytes for each message in a record of the log, after its header. */
  static final int BYTES = 4 + 8;

  /** The same where they are parked. */
  static final int PARKED_BYTES = BYTES + 8;

  /** What they are in a record of so many messages that is about to be read. */
  static Demands ofCount(int count, boolean areParked) {
    return new Demands(new int[count], new long[count], areParked ? new long[count] : null);
  }

  int bytes() {
    return dues == null ? BYTES : PARKED_BYTES;
  }

  /**
   * Null if there is nothing to say.
   *
   * @param areParked they wait for their time
   */
  static @Nullable Demands of(List<Draft> drafts, boolean areParked) {
    boolean isUsual = !areParked;
    for (Draft draft : drafts) {
      isUsual &= draft.demand().isUsual();
    }
    if (isUsual) {
      return null;
    }
    Demands demands = ofCount(drafts.size(), areParked);
    for (int i = 0; i < drafts.size(); i++) {
      demands.costs[i] = drafts.get(i).demand().cost();
      demands.deadlines[i] = drafts.get(i).demand().deadlineMillis();
      if (demands.dues != null) {
        demands.dues[i] = drafts.get(i).deliverAtMillis();
      }
    }
    return demands;
  }
}
