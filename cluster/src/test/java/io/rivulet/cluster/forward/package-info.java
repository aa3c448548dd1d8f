/** Tests of calls between nodes. */
@NullMarked
package io.rivulet.cluster.forward;

import org.jspecify.annotations.NullMarked;
