/** Checkpoints under test. */
@NullMarked
package io.rivulet.cluster.checkpoint;

import org.jspecify.annotations.NullMarked;
