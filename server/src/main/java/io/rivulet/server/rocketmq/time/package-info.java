/** The protocol's times and durations, as Java's. */
@NullMarked
package io.rivulet.server.rocketmq.time;

import org.jspecify.annotations.NullMarked;
