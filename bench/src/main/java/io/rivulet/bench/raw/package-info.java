/** RocketMQ's protocol spoken directly, for load that an official client cannot make. */
@NullMarked
package io.rivulet.bench.raw;

import org.jspecify.annotations.NullMarked;
