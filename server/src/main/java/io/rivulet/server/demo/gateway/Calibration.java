package io.rivulet.server.demo.gateway;

import io.rivulet.engine.time.Clock;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Immutable. What this machine can do, measured at the beginning of a run, so that a run shows the
 * same on any machine.
 *
 * @param hashesPerSecond of a thread in a second of processor time
 * @param share of a processor that a thread gets: 1 if the machine does nothing else
 */
record Calibration(double hashesPerSecond, double share) {
  /** How much quieter the machine may become during the run. */
  private static final double SHARE_MARGIN = 1.5;

  private static final Duration WARM_UP = Duration.ofMillis(500);

  /** With as many threads at the same time as there will be workers. */
  static Calibration measure(Duration processorTime, Clock clock) throws InterruptedException {
    ThreadMXBean processor = ManagementFactory.getThreadMXBean();
    int threads = WorkerKind.values().length;
    try (ExecutorService pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("rivulet-demo-calibrate-", 0).factory())) {
      List<Future<Calibration>> measured = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        measured.add(
            pool.submit(() -> {
              ModelStub stub = new ModelStub(1);
              Calibration _ = stub.calibrate(WARM_UP, processor, clock);
              return stub.calibrate(processorTime, processor, clock);
            }));
      }
      double hashesPerSecond = 0;
      double share = 0;
      for (Future<Calibration> each : measured) {
        hashesPerSecond += each.get().hashesPerSecond / threads;
        share += each.get().share / threads;
      }
      return new Calibration(hashesPerSecond, share);
    } catch (ExecutionException e) {
      throw new IllegalStateException("hashing failed", e.getCause());
    }
  }

  /**
   * How much longer the requests of a run come than on a machine that does nothing else. Rather too
   * short: in too long a time nothing would have to wait, and there would be nothing to see.
   */
  double stretch() {
    return 1 / Math.min(1, SHARE_MARGIN * share);
  }

  Duration stretched(Duration length) {
    return Duration.ofMillis((long) (length.toMillis() * stretch()));
  }
}
