/** What operators see of a cluster: each node's report of itself, and all of them together. */
@NullMarked
package io.rivulet.cluster.status;

import org.jspecify.annotations.NullMarked;
