package io.rivulet.engine.delivery;

import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.StoredMessage;
import java.io.IOException;

/**
 * Immutable. A message as handed to a consumer; the body of a large one may still be in the log.
 *
 * @param receiptHandle opaque; proves the lease in acknowledgements; differs in each delivery
 * @param attempt which delivery this is, from 1
 */
public record DeliveredMessage(StoredMessage message, String receiptHandle, int attempt) {

  /**
   * The same with its body in memory; may block on the disk.
   *
   * @param space where the body is put if it was not in memory
   * @throws IOException if it can't be read
   */
  public DeliveredMessage load(Body.Space space) throws IOException {
    return new DeliveredMessage(message.load(space), receiptHandle, attempt);
  }
}
