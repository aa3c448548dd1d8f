package io.rivulet.cluster.ledger;

import java.io.IOException;

/** A ledger could not be made, written, read or removed. */
public final class LedgerException extends IOException {
  private static final long serialVersionUID = 1;

  /** What was in the way. */
  public enum Reason {
    /** Another owner has recovered the ledger: this one is no owner any more. */
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

  public Reason reason() {
    return reason;
  }
}
