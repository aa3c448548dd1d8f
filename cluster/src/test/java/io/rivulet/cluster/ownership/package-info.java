/** Ownership of shards under test. */
@NullMarked
package io.rivulet.cluster.ownership;

import org.jspecify.annotations.NullMarked;
