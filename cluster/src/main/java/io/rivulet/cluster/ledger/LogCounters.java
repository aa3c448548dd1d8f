package io.rivulet.cluster.ledger;

import java.util.concurrent.atomic.LongAdder;

/**
 * Safe for all threads: adders. What the logs of all shards of a node have done since its start.
 */
public final class LogCounters {
  final LongAdder ledgers = new LongAdder();
  final LongAdder holds = new LongAdder();
  final LongAdder heldMillis = new LongAdder();
  final LongAdder refilledLedgers = new LongAdder();
  final LongAdder refilledBytes = new LongAdder();

  /**
   * Immutable. What they have done so far.
   *
   * @param ledgers that were begun after another one
   * @param holds times that nothing could be written, and later could again
   * @param heldMillis how long these lasted, added up
   * @param refilledLedgers that too few nodes held and were copied
   * @param refilledBytes of these
   */
  public record Counted(
      long ledgers, long holds, long heldMillis, long refilledLedgers, long refilledBytes) {}

  /** As they are now. */
  public Counted counted() {
    return new Counted(
        ledgers.sum(), holds.sum(), heldMillis.sum(), refilledLedgers.sum(), refilledBytes.sum());
  }
}
