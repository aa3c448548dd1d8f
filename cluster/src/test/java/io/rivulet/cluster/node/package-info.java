/** Tests of how a node is put together. */
@NullMarked
package io.rivulet.cluster.node;

import org.jspecify.annotations.NullMarked;
