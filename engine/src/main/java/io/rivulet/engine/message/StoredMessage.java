package io.rivulet.engine.message;

import java.io.IOException;

/**
 * Immutable. A message with its place.
 *
 * @param queueId identifies the queue and, for a lite topic, its incarnation; never reused
 * @param offset place in the queue, from 0, consecutive
 * @param storeMillis when it was stored; never goes back within a queue
 */
public record StoredMessage(Message message, long queueId, long offset, long storeMillis) {

  /**
   * The same with its body in memory; may block on the disk.
   *
   * @param space where the body is put if it was not in memory
   * @throws IOException if it can't be read
   */
  public StoredMessage load(Body.Space space) throws IOException {
    return message.body().isLoaded()
        ? this
        : new StoredMessage(message.with(message.body().load(space)), queueId, offset, storeMillis);
  }
}
