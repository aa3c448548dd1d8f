package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.engine.time.Clock;
import java.util.concurrent.Executor;

/**
 * Immutable. What the checkpoints of all shards of a node are built on.
 *
 * @param sums of files of the node, which its stores and standbys share
 * @param pace of all that is not urgent
 * @param patience how threads wait for answers
 * @param threads run what may take minutes and wait; as many tasks at a time as there are shards,
 *     so virtual threads are best
 */
public record CheckpointGround(
    CheckpointConfig config,
    LedgerStore ledgers,
    FileSums sums,
    Pace pace,
    Patience patience,
    Clock clock,
    Executor threads) {}
