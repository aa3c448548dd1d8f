/** A member of a cluster: storage and compute in one process, put together. */
@NullMarked
package io.rivulet.cluster.node;

import org.jspecify.annotations.NullMarked;
