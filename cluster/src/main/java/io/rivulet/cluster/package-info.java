/** Several nodes as one: the replicated log, who owns which shard, and the way to the owner. */
@NullMarked
package io.rivulet.cluster;

import org.jspecify.annotations.NullMarked;
