package io.rivulet.cluster;

import java.time.Duration;

/** Safe for all threads. Runs things after a while; a simulation passes its own. */
@FunctionalInterface
public interface Timer {
  /** Runs the task once the delay has passed, on a thread where it must not block. */
  void after(Duration delay, Runnable task);
}
