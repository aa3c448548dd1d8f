package io.rivulet.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * How long shards stand still when nodes die, leave, come back and join, at default settings and
 * under a steady load; printed as tables for {@code docs/benchmarks.md}. What is asserted is only
 * that it happens at all.
 */
@Isolated("three nodes need both processors of a small machine")
@Tag("long")
final class FailoverFiguresTest {
  private static final int SHARDS = 32;
  private static final Duration EACH = Duration.ofMillis(200);
  private static final int BODY_BYTES = 256;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration SERVED = Duration.ofSeconds(30);
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofSeconds(15);

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init")
  FailoverFiguresTest() {}

  private static long nanosAgo(Duration time) {
    return System.nanoTime() - time.toNanos();
  }

  @Test
  void aNodeIsKilledAgainAndAgain() throws IOException {
    try (ClusterNodes cluster = ClusterNodes.installed(folder, ClusterNodes.FOUNDERS)) {
      Owners owners = new Owners(cluster);
      try (SteadyLoad load = load(cluster, owners)) {
        print(
            "| kill of node | its shards | all shards serve again, s | p99 of others before, ms | meanwhile, ms | p50 before | meanwhile |");
        print("| --- | --- | --- | --- | --- | --- | --- |");
        for (int round = 0; round < Integer.getInteger("rivulet.faults.rounds", 5); round++) {
          kill(cluster, owners, load, "c");
        }
      }
    }
  }

  private static void kill(ClusterNodes cluster, Owners owners, SteadyLoad load, String name) {
    Map<Integer, String> before = owners.now();
    Predicate<Integer> others = shard -> !name.equals(before.get(shard));
    Access.pause(WINDOW);
    long killed = System.nanoTime();
    cluster.node(name).kill();
    double seconds = load.awaitAll(killed, SERVED);
    long served = System.nanoTime();
    Access.pause(Duration.ofSeconds(1));
    long from = killed - WINDOW.toNanos();
    print(
        "| %s | %d | %.1f | %.1f | %.1f | %.1f | %.1f |"
            .formatted(
                name,
                before.values().stream().filter(name::equals).count(),
                seconds,
                load.percentile(0.99, from, killed, others),
                load.percentile(0.99, killed, served, others),
                load.percentile(0.5, from, killed, others),
                load.percentile(0.5, killed, served, others)));
    cluster.node(name).startAgain();
    var _ = owners.awaitCount(name, SHARDS / 3 - 1, PATIENCE);
    owners.awaitQuiet(QUIET, PATIENCE);
  }

  @Test
  void nodesAreRestartedOneAfterTheOther() throws IOException {
    try (ClusterNodes cluster = ClusterNodes.installed(folder, ClusterNodes.FOUNDERS)) {
      Owners owners = new Owners(cluster);
      try (SteadyLoad load = load(cluster, owners)) {
        print(
            "| what | took, s | stall of its shards: longest, ms | median | longest stall of others, ms |");
        print("| --- | --- | --- | --- | --- |");
        for (int round = 0; round < Integer.getInteger("rivulet.faults.rounds", 3); round++) {
          ServerProcess node = cluster.node("c");
          Map<Integer, String> before = owners.now();
          stalls("node c ends (SIGTERM)", load, before, node::stop);
          stalls(
              "node c is back and gets its shards",
              load,
              before,
              () -> {
                node.startAgain();
                var _ = owners.awaitCount("c", SHARDS / 3 - 1, PATIENCE);
                owners.awaitQuiet(QUIET, PATIENCE);
              });
        }
      }
    }
  }

  @Test
  void aFourthNodeJoinsAndLeaves() throws IOException {
    try (ClusterNodes cluster = ClusterNodes.installed(folder, List.of("a", "b", "c", "d"))) {
      Owners owners = new Owners(cluster);
      try (SteadyLoad load = load(cluster, owners)) {
        long begin = System.nanoTime();
        ServerProcess node = cluster.join("d");
        double first = owners.awaitCount("d", 1, PATIENCE);
        var _ = owners.awaitCount("d", SHARDS / 4, PATIENCE);
        double share = (System.nanoTime() - begin) / 1e9;
        owners.awaitQuiet(QUIET, PATIENCE);
        print(
            "node d is started: its first shard after %.1f s, %d of %d after %.1f s, %d in the end"
                .formatted(first, SHARDS / 4, SHARDS, share, owners.count("d")));
        List<Double> stalls = load.stalls(begin, System.nanoTime(), _ -> true);
        print("longest stalls of any shards meanwhile: " + rounded(stalls));
        stalls("node d leaves (SIGTERM)", load, owners.now(), node::stop, "d");
        assertThat(owners.count("d")).isZero();
      }
    }
  }

  private static void stalls(
      String what, SteadyLoad load, Map<Integer, String> before, Runnable move) {
    stalls(what, load, before, move, "c");
  }

  private static void stalls(
      String what, SteadyLoad load, Map<Integer, String> before, Runnable move, String name) {
    long begin = System.nanoTime();
    move.run();
    double seconds = (System.nanoTime() - begin) / 1e9;
    var _ = load.awaitAll(System.nanoTime(), SERVED);
    Access.pause(Duration.ofSeconds(2));
    List<Double> own =
        load.stalls(begin, System.nanoTime(), shard -> name.equals(before.get(shard)));
    List<Double> others =
        load.stalls(begin, System.nanoTime(), shard -> !name.equals(before.get(shard)));
    print(
        "| %s | %.1f | %.0f | %.0f | %.0f |"
            .formatted(what, seconds, own.getFirst(), own.get(own.size() / 2), others.getFirst()));
  }

  /** A load at nodes a and b that has gone on for long enough for its code to be compiled. */
  private static SteadyLoad load(ClusterNodes cluster, Owners owners) {
    SteadyLoad load =
        new SteadyLoad(List.of(cluster.node("a"), cluster.node("b")), SHARDS, EACH, BODY_BYTES);
    var _ = load.awaitAll(System.nanoTime(), PATIENCE);
    owners.awaitQuiet(Duration.ofSeconds(20), PATIENCE);
    print(
        "%d shards, %d messages/s, all at nodes a and b; usual p50 %.1f ms, p99 %.1f ms"
            .formatted(
                SHARDS,
                SHARDS * 1000 / EACH.toMillis(),
                load.percentile(0.5, nanosAgo(WINDOW), System.nanoTime(), _ -> true),
                load.percentile(0.99, nanosAgo(WINDOW), System.nanoTime(), _ -> true)));
    return load;
  }

  private static List<Long> rounded(List<Double> millis) {
    List<Long> rounded = new ArrayList<>();
    millis.stream().limit(8).forEach(each -> rounded.add(Math.round(each)));
    return rounded;
  }

  private static void print(String line) {
    System.err.println(line);
  }
}
