package io.rivulet.cluster.ledger;

/** Immutable. What becomes of the entries that are appended to a log. */
enum LogState {
  /** They are sent as they come. */
  WRITING,
  /** They wait until those in the ledger before theirs are acknowledged. */
  SWITCHING,
  /** They wait for a new ledger: the last one takes no more. */
  HOLDING,
  /** None are taken any more: something went wrong for good. */
  FAILED,
  /** None are taken any more: the log was let go. */
  CLOSED;

  boolean isWriting() {
    return this == WRITING || this == SWITCHING;
  }

  boolean isOver() {
    return this == FAILED || this == CLOSED;
  }
}
