package io.rivulet.cluster.ledger;

import java.io.IOException;
import java.util.concurrent.CompletionException;

/** A ledger could not be made, written, read or removed. */
public final class LedgerException extends IOException {
  private static final long serialVersionUID = 1;

  /** What was in the way. */
  public enum Reason {
    /**
     * The ledger was recovered: by a new owner, or by a storage node that copies what is missing.
     */
    FENCED,
    /** Too few nodes hold storage just now. */
    NOT_ENOUGH_NODES,
    /** There is no such ledger, or no such entry. */
    NOT_FOUND,
    /** Anything else, such as a time-out. */
    UNAVAILABLE
  }

  private final Reason reason;

  public LedgerException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public LedgerException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What made a future of a {@link LedgerStore} fail. */
  public static LedgerException of(Throwable failure) {
    Throwable cause = causeOf(failure);
    return cause instanceof LedgerException known
        ? known
        : new LedgerException(Reason.UNAVAILABLE, "unexpected: " + cause, cause);
  }

  /** What made a future fail, however many futures lie between. */
  static Throwable causeOf(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  public Reason reason() {
    return reason;
  }
}
