package io.rivulet.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Three nodes under load, to which one fault after the other is done: nothing that was acknowledged
 * is lost, out of order, there twice or delivered again, and after each of them everything goes on.
 *
 * <p>A run is repeated with {@code -Drivulet.faults.seed=N}; {@code -Drivulet.faults="kill a b 5;
 * part a c 10"} does these instead. The moments are as random as the machine. {@code
 * -Drivulet.faults.logs=folder} keeps what the nodes printed.
 */
@Isolated("three nodes need both processors of a small machine")
final class RandomFaultsCrashTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int MOST_STEPS = 1000;

  /** What stands for longer than that is told of, though it is no failure. */
  private static final Duration LONG = Duration.ofSeconds(12);

  /** Mebibytes that a node's disk gets to hold, more than all that is stored in a minute. */
  private static final int DISK_PER_MINUTE = 100;

  private final long seed = Long.getLong("rivulet.faults.seed", System.nanoTime());
  private final String given = System.getProperty("rivulet.faults", "");

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init")
  RandomFaultsCrashTest() {}

  @Test
  void whatWasAcknowledgedHoldsForTwoMinutesWhateverHappens()
      throws IOException, InterruptedException {
    run(Duration.ofMinutes(2), 6);
  }

  @Test
  @Tag("long")
  void whatWasAcknowledgedHoldsForHalfAnHourWhateverHappens()
      throws IOException, InterruptedException {
    run(Duration.ofMinutes(Integer.getInteger("rivulet.faults.minutes", 30)), 20);
  }

  private void run(Duration time, int mostSeconds) throws IOException, InterruptedException {
    List<Fault.Step> steps =
        given.isBlank()
            ? Nemesis.schedule(seed, ClusterNodes.FOUNDERS, MOST_STEPS, mostSeconds)
            : Arrays.stream(given.split(";", -1)).map(Fault.Step::parse).toList();
    System.err.println("RandomFaultsCrashTest: seed " + seed + ", " + time);
    long end = System.nanoTime() + time.toNanos();
    Map<String, String> settings = new HashMap<>(ClusterNodes.QUICK_TO_START);
    settings.put("RIVULET_CLUSTER_SHARDS", "12");
    // What a push consumer was to get and lost on its way comes again after this.
    settings.put("RIVULET_ENGINE_LEASE_TIME", "10s");
    int disk =
        ClusterNodes.SMALL_DISK_MEBIBYTES + DISK_PER_MINUTE * Math.toIntExact(time.toMinutes());
    try (ClusterNodes cluster = new ClusterNodes(folder, ClusterNodes.FOUNDERS, settings, disk)) {
      try (Workload load = new Workload(cluster.all(), new SplittableRandom(seed))) {
        long begin = System.nanoTime();
        load.start();
        Nemesis nemesis = new Nemesis(cluster);
        awaitProgress(load, nemesis);
        System.err.printf("all lines go on, %.1f s%n", (System.nanoTime() - begin) / 1e9);
        for (Fault.Step step : steps) {
          if (given.isBlank() && System.nanoTime() > end) {
            break;
          }
          step(load, nemesis, step);
        }
        nemesis.awaitWhole(PATIENCE);
        load.finish();
      }
    }
  }

  private void step(Workload load, Nemesis nemesis, Fault.Step step) {
    if (step.fault() == Fault.FULL_DISK) {
      // While another one is still starting, one node with room is left: then refusing is right.
      nemesis.awaitWhole(PATIENCE);
    }
    nemesis.begin(step);
    nemesis.holdHalf(step);
    Map<String, Integer> halfway = load.progress();
    nemesis.holdHalf(step);
    List<String> standing = load.behind(halfway);
    nemesis.end(step);
    long healed = System.nanoTime();
    int ended = awaitProgress(load, nemesis);
    System.err.printf(
        "%-24s %s; all goes on %.1f s after it%s%n",
        step,
        standing.isEmpty()
            ? "all went on in its second half"
            : "in its second half stood " + standing,
        (System.nanoTime() - healed) / 1e9,
        ended == 0 ? "" : "; processes that had ended: " + ended);
    assertThat(load.findings()).as("after " + step + ", seed " + seed).isEmpty();
  }

  /** Everything under load goes on; how many processes were started again for that. */
  private static int awaitProgress(Workload load, Nemesis nemesis) {
    Map<String, Integer> before = load.progress();
    long begin = System.nanoTime();
    long end = begin + PATIENCE.toNanos();
    int ended = nemesis.restartEnded();
    boolean isTold = false;
    while (!load.behind(before).isEmpty()) {
      if (!isTold && System.nanoTime() - begin > LONG.toNanos()) {
        System.err.printf(
            "%s after it these stand: %s; last: %s%n",
            LONG, load.behind(before), load.lastFailures());
        isTold = true;
      }
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "these do not go on: %s; last: %s".formatted(load.behind(before), load.lastFailures()));
      }
      Access.pause(Duration.ofMillis(50));
      ended += nemesis.restartEnded();
    }
    return ended;
  }
}
