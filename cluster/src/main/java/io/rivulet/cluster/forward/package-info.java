/** Requests on their way to the node that owns a shard, and the answers back. */
@NullMarked
package io.rivulet.cluster.forward;

import org.jspecify.annotations.NullMarked;
