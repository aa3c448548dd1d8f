package io.rivulet.cluster.ledger;

import java.util.List;

/**
 * Immutable. Ledgers that fewer storage nodes hold than should, as BookKeeper's auditor has noted.
 *
 * @param count how many there are; at least so many if it is {@link #MOST}
 * @param some of them, at most {@value #NAMED}
 * @param lookedNanos when that was, by the node's own clock
 */
public record UnderReplicated(int count, List<Long> some, long lookedNanos) {
  /** More are not counted. */
  public static final int MOST = 1000;

  static final int NAMED = 20;

  public UnderReplicated {
    some = List.copyOf(some);
  }
}
