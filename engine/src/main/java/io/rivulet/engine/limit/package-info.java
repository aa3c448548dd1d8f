/** Limits that hold for several shards together: who keeps count, and who asks. */
@NullMarked
package io.rivulet.engine.limit;

import org.jspecify.annotations.NullMarked;
