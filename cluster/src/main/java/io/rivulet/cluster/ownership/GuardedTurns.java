package io.rivulet.cluster.ownership;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Safe for all threads: immutable. The top of the ownership thread: what nobody expected ends the
 * ownership, and with it the claims.
 */
record GuardedTurns(Turns turns, Consumer<Throwable> failed) implements Turns {
  @Override
  public void execute(Runnable task) {
    turns.execute(() -> run(task));
  }

  @Override
  public void after(Duration delay, Runnable task) {
    turns.after(delay, () -> run(task));
  }

  @Override
  public boolean isCurrent() {
    return turns.isCurrent();
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      failed.accept(e);
    }
  }
}
