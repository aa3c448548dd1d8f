package io.rivulet.cluster.ledger;

import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.log.LogListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures a log on three storage members in this process: {@code java -cp … LedgerFigures}. How
 * many batches a second, and how long one takes until it is durable; and what the members need when
 * nothing happens.
 */
public final class LedgerFigures {
  private static final long WARM_NANOS = Duration.ofSeconds(4).toNanos();
  private static final long MEASURED_NANOS = Duration.ofSeconds(10).toNanos();

  private LedgerFigures() {}

  public static void main(String[] args) throws IOException {
    System.out.println("nothing running: " + needs());
    try (RealCluster cluster = new RealCluster();
        BookKeeperLedgers ledgers = cluster.ledgers()) {
      LockSupport.parkNanos(Duration.ofSeconds(20).toNanos());
      System.out.println("three members and a client, idle: " + needs());
      for (int bytes : List.of(1 << 10, 64 << 10)) {
        for (int inFlight : List.of(1, 64)) {
          new Load(bytes, inFlight).run(cluster, ledgers);
        }
      }
      LockSupport.parkNanos(Duration.ofSeconds(20).toNanos());
      System.out.println("afterwards, idle: " + needs());
    }
    System.exit(0);
  }

  private static String needs() throws IOException {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    String resident =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .findAny()
            .orElse("VmRSS unknown");
    return "%d MiB of heap used, %s, %d threads"
        .formatted(heap >> 20, resident.replaceAll("\\s+", " "), Thread.getAllStackTraces().size());
  }

  /** Owned by the thread that appends, but for what the listener is told. */
  private static final class Load implements LogListener {
    private final int bytes;
    private final int inFlight;
    private final Semaphore free;
    private final ArrayDeque<long[]> under = new ArrayDeque<>();
    private final long[] latencies = new long[4_000_000];
    private int count;
    private boolean isMeasuring;

    Load(int bytes, int inFlight) {
      this.bytes = bytes;
      this.inFlight = inFlight;
      free = new Semaphore(inFlight);
    }

    void run(RealCluster cluster, LedgerStore ledgers) throws IOException {
      LedgerLog log = cluster.open(cluster.makeShard(), ledgers, LedgerLogConfig.defaults());
      log.start(this);
      append(log, WARM_NANOS);
      long cpu = cpuNanos();
      synchronized (under) {
        isMeasuring = true;
      }
      long begun = System.nanoTime();
      append(log, MEASURED_NANOS);
      long nanos = System.nanoTime() - begun;
      long used = cpuNanos() - cpu;
      log.sync(log.end());
      log.close();
      Arrays.sort(latencies, 0, count);
      System.out.printf(
          "%6d bytes, %2d in flight: %8.0f/s %7.1f MiB/s, p50 %6.2f ms, p99 %6.2f ms,"
              + " p99.9 %6.2f ms, longest %6.1f ms, CPU %4.0f us each (owner and three members)%n",
          bytes,
          inFlight,
          count * 1e9 / nanos,
          count * (double) bytes * 1e9 / nanos / (1 << 20),
          latencies[count / 2] / 1e6,
          latencies[(int) (count * 0.99)] / 1e6,
          latencies[(int) (count * 0.999)] / 1e6,
          latencies[count - 1] / 1e6,
          used / 1e3 / count);
    }

    private void append(LedgerLog log, long nanos) {
      ByteBuffer batch = ByteBuffer.allocateDirect(bytes);
      long end = System.nanoTime() + nanos;
      while (System.nanoTime() < end) {
        free.acquireUninterruptibly();
        synchronized (under) {
          long begun = System.nanoTime();
          log.append(batch, Urgency.NORMAL, true);
          under.add(new long[] {log.end(), begun});
        }
        // It may have been told before it was noted.
        durable(log.durableEnd());
      }
    }

    private static long cpuNanos() {
      return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    }

    @Override
    public void written(long end) {}

    @Override
    public void durable(long end) {
      int done = 0;
      synchronized (under) {
        while (!under.isEmpty() && under.element()[0] <= end) {
          long begun = under.remove()[1];
          if (isMeasuring && count < latencies.length) {
            latencies[count++] = System.nanoTime() - begun;
          }
          done++;
        }
      }
      free.release(done);
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
