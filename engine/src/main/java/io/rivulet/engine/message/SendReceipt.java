package io.rivulet.engine.message;

/**
 * Immutable. What is known of a message once it is durable.
 *
 * @param queueId the queue that it joined
 * @param offset its place there
 * @param isDuplicate an earlier send with the same message id had stored it already
 */
public record SendReceipt(String messageId, long queueId, long offset, boolean isDuplicate) {
  /** By which the message can be cancelled or given another priority. */
  public String handle() {
    return new MessageHandle(queueId, offset).encode();
  }
}
