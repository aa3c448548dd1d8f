package io.rivulet.bench.load;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Safe for all threads: concurrent counters. Measures from when a message should have been sent to
 * when its consumer has it; both are in this process, and the message's first 8 bytes carry the
 * time, the next 8 the run that it belongs to.
 */
public final class EndToEnd {
  public static final int STAMP_BYTES = 2 * Long.BYTES;
  private static final long HIGHEST_NANOS = Duration.ofMinutes(5).toNanos();

  private final Histogram latencyNanos = new ConcurrentHistogram(HIGHEST_NANOS, 3);
  private final LongAdder received = new LongAdder();
  private final long run = System.nanoTime();

  /** Writes when the message should have been sent to the beginning of its body. */
  public void stamp(byte[] body, long intendedNanos) {
    ByteBuffer.wrap(body).putLong(intendedNanos).putLong(run);
  }

  /** A consumer has a message; those of earlier runs are not counted. */
  public void received(ByteBuffer body) {
    long now = System.nanoTime();
    long intendedNanos = body.getLong(body.position());
    if (body.getLong(body.position() + Long.BYTES) == run) {
      latencyNanos.recordValue(Math.clamp(now - intendedNanos, 0, HIGHEST_NANOS));
      received.increment();
    }
  }

  /** Waits until so many were received, or patience ends; says how many were. */
  public long awaitReceived(long count, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (received.sum() < count && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
    return received.sum();
  }

  public Histogram latencyNanos() {
    return latencyNanos;
  }
}
