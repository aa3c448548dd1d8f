package io.rivulet.cluster.ownership;

import io.rivulet.cluster.Timer;
import java.util.concurrent.Executor;

/** Safe for all threads. Runs tasks one after the other; a simulation passes its own. */
public interface Turns extends Executor, Timer {
  /** Whether the caller is one of the tasks. */
  boolean isCurrent();
}
