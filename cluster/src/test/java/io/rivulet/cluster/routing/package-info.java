/** Many shards as one engine. */
@NullMarked
package io.rivulet.cluster.routing;

import org.jspecify.annotations.NullMarked;
