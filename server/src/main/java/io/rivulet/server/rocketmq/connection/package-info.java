/** Connected clients: what they told of themselves, and their telemetry streams. */
@NullMarked
package io.rivulet.server.rocketmq.connection;

import org.jspecify.annotations.NullMarked;
