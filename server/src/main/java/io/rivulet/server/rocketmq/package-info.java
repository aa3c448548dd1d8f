/** The RocketMQ 5 gRPC protocol on top of the engine: one handler per family of RPCs. */
@NullMarked
package io.rivulet.server.rocketmq;

import org.jspecify.annotations.NullMarked;
