package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Finds places in a queue by what its runs say. There may be offsets
 * without a run: of messages that another shard had lost when the queue was taken from there.
 */
final class RunSearch {
  private RunSearch() {}

  /**
   * The first offset of a message that is wanted, by binary search; the queue's end if there is
   * none.
   *
   * @param isWanted false for the older and true for the newer runs
   */
  static long first(Queue queue, long from, Rows rows, Predicate<Run> isWanted) {
    long low = from;
    long high = queue.nextOffset;
    while (low < high) {
      long middle = (low + high) >>> 1;
      Run run = atOrAfter(queue, middle, rows);
      if (run == null) {
        high = middle;
      } else if (isWanted.test(run)) {
        high = Math.max(low, Math.min(middle, run.firstOffset));
      } else {
        low = Math.min(high, run.endOffset());
      }
    }
    Run found = low < queue.nextOffset ? atOrAfter(queue, low, rows) : null;
    return found == null ? queue.nextOffset : Math.max(low, found.firstOffset);
  }

  /**
   * Where the run ends that holds an offset, or else the next one begins; {@link Long#MAX_VALUE} if
   * there is none.
   */
  static long next(Queue queue, long offset, Rows rows) {
    Run run = atOrAfter(queue, offset, rows);
    if (run == null) {
      return Long.MAX_VALUE;
    }
    return run.holds(offset) ? run.endOffset() : run.firstOffset;
  }

  /** The run that holds the offset, else the next one; null if there is none. */
  private static @Nullable Run atOrAfter(Queue queue, long offset, Rows rows) {
    Run run = queue.runInMemory(offset);
    if (run != null) {
      return run;
    }
    byte[] key = Keys.of(queue.id, offset);
    Row floor = rows.floorWritten(Table.ENTRY, key, Keys.of(queue.id, 0));
    if (floor != null) {
      Run before = Run.fromRow(Keys.longAt(floor.key(), 8), floor.value());
      if (before.holds(offset)) {
        return before;
      }
    }
    Run[] next = new Run[1];
    rows.scanWritten(
        Table.ENTRY,
        key,
        Keys.after(Keys.of(queue.id)),
        (found, value) -> {
          next[0] = Run.fromRow(Keys.longAt(found, 8), value);
          return false;
        });
    for (Run recent : queue.recent) {
      boolean isFirst = next[0] == null || recent.firstOffset < next[0].firstOffset;
      if (recent.firstOffset > offset && isFirst) {
        next[0] = recent;
      }
    }
    return next[0];
  }
}
