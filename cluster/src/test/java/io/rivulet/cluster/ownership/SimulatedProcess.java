package io.rivulet.cluster.ownership;

import io.rivulet.cluster.ledger.SimulatedTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;

/**
 * Owned by the thread of the simulation. A thread of a process that may stand still for a while, or
 * end.
 */
final class SimulatedProcess implements Turns {
  private static final long MAX_DELAY_NANOS = Duration.ofMillis(1).toNanos();

  private final SimulatedTime time;
  private final RandomGenerator random;
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private int held;
  private boolean isPaused;
  private boolean isDead;
  private boolean isRunning;

  SimulatedProcess(SimulatedTime time, RandomGenerator random) {
    this.time = time;
    this.random = random;
  }

  @Override
  public void execute(Runnable task) {
    if (!isDead) {
      tasks.add(task);
      runSoon();
    }
  }

  private void runSoon() {
    time.after(Duration.ofNanos(random.nextLong(MAX_DELAY_NANOS)), this::runNext);
  }

  private void runNext() {
    if (isDead) {
      return;
    }
    if (isPaused) {
      held++;
      return;
    }
    isRunning = true;
    try {
      tasks.remove().run();
    } finally {
      isRunning = false;
    }
  }

  @Override
  public void after(Duration delay, Runnable task) {
    time.after(delay, () -> execute(task));
  }

  @Override
  public boolean isCurrent() {
    return isRunning;
  }

  void pause() {
    isPaused = true;
  }

  void resume() {
    isPaused = false;
    for (; held > 0; held--) {
      runSoon();
    }
  }

  void kill() {
    isDead = true;
    tasks.clear();
  }
}
