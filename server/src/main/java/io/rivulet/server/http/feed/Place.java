package io.rivulet.server.http.feed;

/**
 * Immutable. Where a reader is.
 *
 * @param queueId the life of the lite topic's name; 0: it does not exist yet
 * @param offset of the next message
 */
public record Place(long queueId, long offset) {
  /** Before the first message of a lite topic that does not exist yet. */
  public static final Place NOWHERE = new Place(0, 0);

  /** Whether all before this place lies before the other as well. */
  boolean isBefore(Place other) {
    return queueId == other.queueId ? offset < other.offset : queueId == 0;
  }
}
