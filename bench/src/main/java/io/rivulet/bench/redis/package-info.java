/** Redis's protocol spoken directly: commands in a pipeline on one connection. */
@NullMarked
package io.rivulet.bench.redis;

import org.jspecify.annotations.NullMarked;
