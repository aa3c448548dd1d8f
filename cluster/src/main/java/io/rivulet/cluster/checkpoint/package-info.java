/** Checkpoints of a shard's index, kept in ledgers so that they outlive every single node. */
@NullMarked
package io.rivulet.cluster.checkpoint;

import org.jspecify.annotations.NullMarked;
