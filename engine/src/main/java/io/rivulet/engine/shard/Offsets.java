package io.rivulet.engine.shard;

import io.rivulet.engine.lite.OffsetOption;
import java.util.Optional;

/** Owned by the shard thread. Turns "where to start" into an offset. */
final class Offsets {
  /** The group goes on where it is. */
  static final long UNCHANGED = -1;

  private final QueueTable queues;

  Offsets(QueueTable queues) {
    this.queues = queues;
  }

  /** The offset in a queue that exists; {@link #UNCHANGED} for {@link OffsetOption.Last}. */
  long resolve(Queue queue, OffsetOption option) {
    return switch (option) {
      case OffsetOption.Last _ -> UNCHANGED;
      case OffsetOption.Min _ -> queues.firstRetained(queue);
      case OffsetOption.Max _ -> queue.nextOffset;
      case OffsetOption.At at -> Math.max(at.offset(), queues.firstRetained(queue));
      case OffsetOption.TailCount tail ->
          Math.max(queues.firstRetained(queue), queue.nextOffset - Math.max(0, tail.count()));
      case OffsetOption.Time time -> queues.firstAtTime(queue, time.epochMillis());
    };
  }

  /** The offset in a queue that is yet to be made; -1: its first message. */
  long startOfMissing(Optional<OffsetOption> option) {
    return option.isPresent() && option.get() instanceof OffsetOption.At at && at.offset() > 0
        ? at.offset()
        : -1;
  }
}
