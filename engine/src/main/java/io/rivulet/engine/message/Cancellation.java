package io.rivulet.engine.message;

/**
 * Immutable. What a cancellation found.
 *
 * @param messageId the id of the message; empty if it can't be read any more
 */
public record Cancellation(Found found, String messageId) {
  /** How far the message had come. */
  public enum Found {
    /** Nobody had it: it will not be delivered to any group. */
    WAITING,
    /** A client had it: its lease has ended, and the message will not be delivered again. */
    RUNNING,
    /** Every group that follows the queue had acknowledged it: nothing has changed. */
    DONE,
    /** It was cancelled before: nothing has changed. */
    CANCELLED
  }
}
