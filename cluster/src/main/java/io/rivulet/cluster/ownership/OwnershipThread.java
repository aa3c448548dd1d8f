package io.rivulet.cluster.ownership;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: one thread, {@code rivulet-ownership}, with its queue. */
public final class OwnershipThread implements Turns, AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;
  private volatile @Nullable Thread thread;

  public OwnershipThread() {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = Thread.ofPlatform().name("rivulet-ownership").daemon().unstarted(task);
              thread = made;
              return made;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  @Override
  public void after(Duration delay, Runnable task) {
    var _ = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Runs what was handed over, and nothing any more. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
