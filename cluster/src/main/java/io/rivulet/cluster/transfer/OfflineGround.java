package io.rivulet.cluster.transfer;

import io.rivulet.cluster.checkpoint.CheckpointGround;
import io.rivulet.cluster.checkpoint.Patience;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.ledger.Surroundings;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.node.IndexHome;
import io.rivulet.engine.time.Clock;

/**
 * Immutable. What the shards of a cluster that nobody serves are built on.
 *
 * @param name by which shards are taken over, for people
 * @param around of the logs, with the clock that they go by
 * @param standbys fetch checkpoints
 * @param indexes where the indexes are meanwhile
 * @param clock the machine's
 */
record OfflineGround(
    String name,
    MetadataStore metadata,
    LedgerLogConfig log,
    Surroundings around,
    CheckpointGround checkpoints,
    Standbys standbys,
    IndexHome indexes,
    Patience patience,
    Clock clock) {}
