/** Which node owns which shard: claims, take-overs, moves, and the map that all nodes see. */
@NullMarked
package io.rivulet.cluster.ownership;

import org.jspecify.annotations.NullMarked;
