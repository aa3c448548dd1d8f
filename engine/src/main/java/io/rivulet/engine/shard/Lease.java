package io.rivulet.engine.shard;

import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. One message that a group was handed and has not acknowledged: leased
 * until {@link #visibleAtMillis}, due for redelivery after.
 */
final class Lease {
  /**
   * Set in the id of what went to its client again, whose poll was repeated. Both answers may have
   * arrived, so both ids name the lease; but only the one that is in it now gives it back.
   */
  static final long REPEATED = Long.MIN_VALUE;

  final long offset;

  /** Named in the receipt handle; another one at each delivery and each change. */
  long id;

  /** The id before the last change, accepted for requests that are repeated; 0: none. */
  long previousId;

  long visibleAtMillis;

  /** How often the message was delivered. */
  int attempt;

  /** The engine renews the lease while the client is alive. */
  boolean isRenewed;

  /** When the current delivery was made. */
  long grantedAtMillis;

  @Nullable String clientId;

  /** Whose it counts as while it is held, where the group's rules want that to be known. */
  @Nullable KeyGate key;

  @Nullable Worker worker;

  /** It is counted among what is leased. */
  boolean isCounted;

  /** What the message really cost, as its consumer said; -1: nothing was said. */
  int settledCost = -1;

  /** The lease has ended: the message waits for redelivery. */
  boolean isDue;

  Lease(long offset) {
    this.offset = offset;
  }

  /** Whether a handle with this id holds. */
  boolean isNamed(long leaseId) {
    return isSame(id, leaseId) || (previousId != 0 && isSame(previousId, leaseId));
  }

  /** Whether these are ids of one lease, in whichever answer. */
  static boolean isSame(long one, long other) {
    return withoutRepetition(one) == withoutRepetition(other);
  }

  static long withoutRepetition(long leaseId) {
    return leaseId & ~REPEATED;
  }
}
