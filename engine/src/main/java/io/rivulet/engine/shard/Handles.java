package io.rivulet.engine.shard;

import io.rivulet.engine.message.MessageHandle;
import java.util.OptionalLong;

/** Safe for all threads: no state. What handles tell to those who have to find the shard. */
public final class Handles {
  private Handles() {}

  /** The queue of a leased message; empty if this was never a receipt handle of ours. */
  public static OptionalLong queueOfReceipt(String handle) {
    return ReceiptHandle.decode(handle).stream().mapToLong(ReceiptHandle::queueId).findFirst();
  }

  /** The queue of a sent message; empty if this was never a message handle of ours. */
  public static OptionalLong queueOfMessage(String handle) {
    return MessageHandle.decode(handle).stream().mapToLong(MessageHandle::queueId).findFirst();
  }
}
