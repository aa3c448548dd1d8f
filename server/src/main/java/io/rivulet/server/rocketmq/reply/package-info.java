/** Answers: the one mapping from the engine's refusals to the protocol's codes. */
@NullMarked
package io.rivulet.server.rocketmq.reply;

import org.jspecify.annotations.NullMarked;
