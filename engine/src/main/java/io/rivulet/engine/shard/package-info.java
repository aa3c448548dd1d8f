/** The shard: the one writer of a log, an index and the queues in it. */
@NullMarked
package io.rivulet.engine.shard;

import org.jspecify.annotations.NullMarked;
