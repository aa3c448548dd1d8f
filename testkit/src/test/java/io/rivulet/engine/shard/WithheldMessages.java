package io.rivulet.engine.shard;

import io.rivulet.engine.message.MessageHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/** Stateless. Finds what queues hold back for ever. */
public final class WithheldMessages {
  private WithheldMessages() {}

  /** Places of messages that are delivered to nobody any more, and whether they were moved. */
  public static Map<MessageHandle, Boolean> of(ShardInspector inspector) {
    Map<MessageHandle, Boolean> found = new HashMap<>();
    for (Queue queue : inspector.queues()) {
      LongStream.range(inspector.rooms.queues().firstRetained(queue), queue.nextOffset)
          .filter(queue::isCancelled)
          .forEach(at -> found.put(new MessageHandle(queue.id, at), queue.isMoved(at)));
    }
    return found;
  }
}
