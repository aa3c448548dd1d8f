/** Redis's protocol as the benchmarks speak it. */
@NullMarked
package io.rivulet.bench.redis;

import org.jspecify.annotations.NullMarked;
