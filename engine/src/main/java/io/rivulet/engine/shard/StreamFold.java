package io.rivulet.engine.shard;

import io.rivulet.engine.stream.StreamDefinition;
import java.util.function.Consumer;

/** Owned by the shard thread. What records of streams mean; a part of the fold ({@link Fold}). */
final class StreamFold {
  private final QueueTable queues;
  private final Expiry expiry;

  StreamFold(QueueTable queues, Expiry expiry) {
    this.queues = queues;
    this.expiry = expiry;
  }

  private void change(long queueId, Consumer<Queue> change) {
    Queue queue = queues.byId(queueId);
    if (queue != null) {
      change.accept(queue);
      queues.markDirty(queue);
    }
  }

  void apply(Change.OfStream change) {
    switch (change) {
      case Change.StreamMade c -> apply(c);
      case Change.StreamWritten c -> apply(c);
      case Change.StreamUsed c -> change(c.queueId(), queue -> used(queue, c.atMillis()));
      case Change.StreamRetired c -> apply(c);
      case Change.StreamFilled c ->
          change(
              c.queueId(),
              queue -> {
                queue.nextOffset = Math.max(queue.nextOffset, c.offset());
                queue.visibleEnd = queue.nextOffset;
                used(queue, c.atMillis());
              });
    }
  }

  private void apply(Change.StreamMade c) {
    change(
        c.queueId(),
        queue -> {
          queue.stream = new StreamState(c.definition(), c.origin());
          c.definition().ttl().ifPresent(ttl -> queue.ttlMillis = ttl.toMillis());
          if (c.origin().isFork()) {
            // It was just made and is empty.
            queue.firstOffset = c.origin().offset();
            queue.nextOffset = c.origin().offset();
            queue.visibleEnd = c.origin().offset();
            change(c.origin().sourceId(), source -> countFork(source, 1));
          }
          expiry.retime(queue);
        });
  }

  /** A queue is about to be removed. */
  void removed(Queue queue) {
    if (queue.stream != null && queue.stream.origin.isFork()) {
      change(queue.stream.origin.sourceId(), source -> countFork(source, -1));
    }
  }

  /** A queue that begins with messages of another one was made, or is no more. */
  static void countFork(Queue source, int change) {
    streamOf(source).countFork(change);
  }

  private static StreamState streamOf(Queue queue) {
    StreamState stream = queue.stream;
    if (stream == null) {
      // It was made by a send.
      stream = new StreamState(StreamDefinition.of(""), StreamOrigin.NONE);
      queue.stream = stream;
    }
    return stream;
  }

  private void apply(Change.StreamWritten c) {
    change(
        c.queueId(),
        queue -> {
          streamOf(queue).apply(c);
          used(queue, c.atMillis());
        });
  }

  private static void used(Queue queue, long atMillis) {
    queue.lastActiveMillis = Math.max(queue.lastActiveMillis, atMillis);
  }

  private void apply(Change.StreamRetired c) {
    change(
        c.queueId(),
        queue -> {
          if (queue.stream != null) {
            queue.stream.retire();
            expiry.expireAt(queue, 0);
          }
        });
  }
}
