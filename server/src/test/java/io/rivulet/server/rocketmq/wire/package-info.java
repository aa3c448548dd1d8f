/** The protocol over a real connection: raw stubs against the engine in memory. */
@NullMarked
package io.rivulet.server.rocketmq.wire;

import org.jspecify.annotations.NullMarked;
