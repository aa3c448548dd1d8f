/** What all nodes agree on: small records that change only by compare-and-set. */
@NullMarked
package io.rivulet.cluster.metadata;

import org.jspecify.annotations.NullMarked;
