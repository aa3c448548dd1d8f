package io.rivulet.cluster.node;

import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.ownership.OwnershipConfig;
import java.time.Duration;

/** Immutable. How a node works; what it is stands in {@link ClusterConfig}. */
public record ClusterTuning(
    LedgerLogConfig log,
    Storage storage,
    CheckpointConfig checkpoints,
    OwnershipConfig.TakeOvers takeOvers,
    OwnershipConfig.Balancing balancing,
    Rhythm rhythm) {

  /**
   * Immutable. How the storage nodes are asked.
   *
   * @param answerTime how long one of them may take, in whole seconds
   * @param minFreeBytes so little is left on their disks when new messages are refused
   */
  public record Storage(Duration answerTime, long minFreeBytes) {}

  /**
   * Immutable. When a node does what, and for how long.
   *
   * @param startPatience how long a start waits for most of the founding nodes
   * @param probeInterval how often it looks whether nodes that are not connected have ended
   * @param orphanInterval how often it looks for ledgers that nobody knows of, if that is up to it
   * @param leaveDelay how long a stop waits, not ready any more, before it begins
   * @param leaveTime how long a stop waits for other nodes to get ready for its shards
   * @param reportTime how long other nodes may take to say how they are
   */
  public record Rhythm(
      Duration startPatience,
      Duration probeInterval,
      Duration orphanInterval,
      Duration leaveDelay,
      Duration leaveTime,
      Duration reportTime) {}

  public static ClusterTuning defaults() {
    return new ClusterTuning(
        LedgerLogConfig.defaults(),
        new Storage(Duration.ofSeconds(2), 1L << 30),
        CheckpointConfig.defaults(),
        OwnershipConfig.TakeOvers.DEFAULT,
        OwnershipConfig.Balancing.DEFAULT,
        new Rhythm(
            Duration.ofMinutes(10),
            Duration.ofMillis(250),
            Duration.ofMinutes(10),
            Duration.ZERO,
            Duration.ofSeconds(10),
            Duration.ofSeconds(2)));
  }
}
