package io.rivulet.cluster.status;

/**
 * Immutable. A shard as its owner knows it.
 *
 * @param epoch in which it is served there
 */
public record ShardReport(int shard, long epoch, LogReport log, CheckpointReport checkpoints) {

  /**
   * Immutable. Its log.
   *
   * @param copies how many storage nodes hold what is appended now
   * @param heldMillis for how long nothing could be written; 0: it can be
   * @param ledgers that it is made of
   * @param thinLedgers of these, those that fewer nodes hold than should, or may
   * @param sizeBytes of all entries, one copy of each
   * @param unwrittenBytes that wait for enough nodes to have them
   */
  public record LogReport(
      int copies,
      long heldMillis,
      int ledgers,
      int thinLedgers,
      long sizeBytes,
      long unwrittenBytes) {
    /** Whether it has fewer copies than it should, or takes nothing. */
    public boolean isDegraded(int wanted) {
      return copies < wanted || heldMillis > 0;
    }
  }

  /**
   * Immutable. The checkpoints of its index.
   *
   * @param kept how many there are
   * @param lagBytes of the log that the newest does not reflect
   * @param ageMillis since the newest was stored; 0 if nothing came after it, -1 if there is none
   *     and something is in the log
   * @param ledgers that hold them
   * @param ledgerBytes of these, one copy of each
   * @param thinLedgers of the newest, those that fewer storage nodes hold than should, or may
   */
  public record CheckpointReport(
      int kept, long lagBytes, long ageMillis, int ledgers, long ledgerBytes, int thinLedgers) {}
}
