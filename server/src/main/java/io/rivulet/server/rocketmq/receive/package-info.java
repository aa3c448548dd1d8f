/** ReceiveMessage: how long to wait, what to ask for, how to write it out. */
@NullMarked
package io.rivulet.server.rocketmq.receive;

import org.jspecify.annotations.NullMarked;
