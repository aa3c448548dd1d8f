package io.rivulet.engine.shard;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Safe for all threads: a counter. Reader threads of one shard that know whether they are done. */
final class CountedReaders implements Executor {
  private final Executor readers;
  private final AtomicInteger underWay = new AtomicInteger();

  CountedReaders(Executor readers) {
    this.readers = readers;
  }

  /** What was handed over is read, and what follows from that is handed back. */
  boolean isIdle() {
    return underWay.get() == 0;
  }

  @Override
  public void execute(Runnable task) {
    underWay.incrementAndGet();
    try {
      readers.execute(() -> {
        try {
          task.run();
        } finally {
          underWay.decrementAndGet();
        }
      });
    } catch (RejectedExecutionException e) {
      underWay.decrementAndGet();
      throw e;
    }
  }
}
