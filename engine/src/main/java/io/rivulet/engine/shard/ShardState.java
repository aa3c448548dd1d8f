package io.rivulet.engine.shard;

import io.rivulet.engine.time.ShardClock;

/**
 * Immutable. What the rooms of a shard share: its state and the way to change it. Handed out once,
 * when a shard is put together; each room keeps only what it uses.
 */
record ShardState(
    Catalog catalog,
    QueueTable queues,
    RecentIds recentIds,
    Fold fold,
    Recorder recorder,
    Timers timers,
    Ids ids,
    ShardClock clock) {}
