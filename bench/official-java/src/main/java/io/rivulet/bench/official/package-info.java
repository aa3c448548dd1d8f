/** A program around the unmodified official RocketMQ client for Java, run as a child process. */
@NullMarked
package io.rivulet.bench.official;

import org.jspecify.annotations.NullMarked;
