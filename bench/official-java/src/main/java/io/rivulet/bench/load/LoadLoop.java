package io.rivulet.bench.load;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread that runs it; answers are recorded by whoever completes them, in concurrent
 * counters. Either keeps a number of requests in flight, or sends at a fixed rate. At a fixed rate
 * the latency counts from when a request should have gone, so that a server that stalls is charged
 * for all who would have come meanwhile.
 */
public final class LoadLoop {
  private static final long HIGHEST_NANOS = Duration.ofMinutes(5).toNanos();
  private static final Duration FOREVER = Duration.ofDays(365);

  private final Sender sender;
  private final int inFlight;
  private final Semaphore permits;
  private final Histogram latencyNanos = new ConcurrentHistogram(HIGHEST_NANOS, 3);
  private final LongAdder answered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AtomicReference<String> firstFailure = new AtomicReference<>("");

  /**
   * A loop that runs once.
   *
   * @param inFlight the most requests without an answer; at the bound it waits
   */
  public LoadLoop(Sender sender, int inFlight) {
    this.sender = sender;
    this.inFlight = inFlight;
    this.permits = new Semaphore(inFlight);
  }

  /** Keeps as many requests in flight as allowed, for that long. */
  public LoadResult asFastAsAllowed(Duration time) {
    long begin = System.nanoTime();
    long end = begin + time.toNanos();
    for (long now = begin; now < end; now = System.nanoTime()) {
      permits.acquireUninterruptibly();
      sendOne(System.nanoTime());
    }
    return finish(begin);
  }

  /** Sends so many requests, as many at a time as allowed. */
  public LoadResult requests(long count) {
    return requests(count, FOREVER);
  }

  /** Sends so many requests, as many at a time as allowed; fewer when the time is over before. */
  public LoadResult requests(long count, Duration atMost) {
    long begin = System.nanoTime();
    long mostNanos = atMost.toNanos();
    for (long number = 0; number < count && System.nanoTime() - begin < mostNanos; number++) {
      permits.acquireUninterruptibly();
      sendOne(System.nanoTime());
    }
    return finish(begin);
  }

  /** Sends so many requests per second, for that long. */
  public LoadResult atRate(double perSecond, Duration time) {
    long begin = System.nanoTime();
    long count = Math.round(perSecond * time.toNanos() / 1e9);
    for (long number = 0; number < count; number++) {
      long intended = begin + Math.round(number * 1e9 / perSecond);
      for (long wait = intended - System.nanoTime();
          wait > 0;
          wait = intended - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      permits.acquireUninterruptibly();
      sendOne(intended);
    }
    return finish(begin);
  }

  private void sendOne(long intendedNanos) {
    CompletableFuture<?> _ =
        sender
            .send(intendedNanos)
            .whenComplete((answer, failure) -> {
              record(intendedNanos, failure);
              permits.release();
            });
  }

  private void record(long intendedNanos, @Nullable Throwable failure) {
    if (failure == null) {
      answered.increment();
      latencyNanos.recordValue(Math.min(HIGHEST_NANOS, System.nanoTime() - intendedNanos));
    } else {
      failed.increment();
      firstFailure.compareAndSet("", failure.toString());
    }
  }

  private LoadResult finish(long begin) {
    permits.acquireUninterruptibly(inFlight);
    return new LoadResult(
        answered.sum(), failed.sum(), System.nanoTime() - begin, latencyNanos, firstFailure.get());
  }
}
