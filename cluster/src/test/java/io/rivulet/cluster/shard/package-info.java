/** Records of shards under test. */
@NullMarked
package io.rivulet.cluster.shard;

import org.jspecify.annotations.NullMarked;
