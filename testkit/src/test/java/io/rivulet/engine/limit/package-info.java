/** Tests of limits that hold for several shards together. */
@NullMarked
package io.rivulet.engine.limit;

import org.jspecify.annotations.NullMarked;
