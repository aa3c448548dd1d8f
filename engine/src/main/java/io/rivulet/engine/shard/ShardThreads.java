package io.rivulet.engine.shard;

import java.util.concurrent.Executor;

/**
 * Immutable. The threads around a shard; in a simulation all of them are the caller's.
 *
 * @param readers read message bodies; may block on the disk
 * @param replies completes answers
 * @param index writes the index, one task at a time
 */
public record ShardThreads(Executor readers, Executor replies, Executor index) {}
