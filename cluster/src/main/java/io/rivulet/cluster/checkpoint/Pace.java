package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.Timer;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Safe for all threads: one atomic number. Spreads bytes evenly over time, for all who share it
 * together, so that those who send and read messages on the same disks and networks hardly notice.
 */
public final class Pace {
  private static final long NANOS = 1_000_000_000;

  private final long bytesPerSecond;
  private final Clock clock;
  private final Timer timer;

  /** When what was taken so far has gone. */
  private final AtomicLong freeNanos;

  public Pace(long bytesPerSecond, Clock clock, Timer timer) {
    this.bytesPerSecond = bytesPerSecond;
    this.clock = clock;
    this.timer = timer;
    freeNanos = new AtomicLong(clock.nanos());
  }

  /** Waits until it is these bytes' turn; up to some megabytes at a time. */
  void take(int bytes, Patience patience) throws IOException {
    long now = clock.nanos();
    long length = (long) ((double) bytes * NANOS / bytesPerSecond);
    long end =
        freeNanos.accumulateAndGet(length, (free, added) -> (free - now > 0 ? free : now) + added);
    long wait = end - length - now;
    if (wait > 0) {
      CompletableFuture<Boolean> turn = new CompletableFuture<>();
      timer.after(Duration.ofNanos(wait), () -> turn.complete(true));
      patience.await(turn);
    }
  }
}
