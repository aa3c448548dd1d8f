/** Many shards as one engine: which shard a request belongs to, and what several say together. */
@NullMarked
package io.rivulet.cluster.routing;

import org.jspecify.annotations.NullMarked;
