package io.rivulet.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.BookKeeperConfig;
import io.rivulet.cluster.ledger.BookKeeperLedgers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Retention in a cluster, from the message to the disk: ledgers of which nothing is kept any more
 * are removed, and the storage nodes give their room back: files of nothing but removed ledgers
 * within minutes, what is left in the others when they are compacted, every ten minutes. Journals
 * have one size. Printed as a table.
 */
@Isolated("three nodes need both processors of a small machine")
@Tag("long")
final class RetentionFiguresTest {
  private static final int SHARDS = 4;
  private static final int BODY_BYTES = 64 << 10;
  private static final Duration EACH = Duration.ofMillis(50);
  private static final Duration WRITE = Duration.ofMinutes(3);
  private static final Duration LOOK = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofMinutes(25);
  private static final long MIB = 1 << 20;

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init")
  RetentionFiguresTest() {}

  @Test
  void whatIsNotKeptGivesItsRoomBack() throws IOException {
    Map<String, String> settings =
        Map.of(
            "RIVULET_CLUSTER_SHARDS", Integer.toString(SHARDS),
            "RIVULET_CLUSTER_LOG_ROLL_BYTES", "8MiB",
            "RIVULET_CLUSTER_LOG_ROLL_AGE", "1m",
            "RIVULET_ENGINE_RETENTION_TIME", "1m");
    try (ClusterNodes cluster = new ClusterNodes(folder, ClusterNodes.FOUNDERS, settings);
        BookKeeperLedgers ledgers =
            BookKeeperLedgers.open(BookKeeperConfig.defaults(cluster.metadata()), (_, _) -> {})) {
      System.err.println(
          "| s | written, MiB | ledgers | entries on disk, MiB, by node | journals |");
      System.err.println("| --- | --- | --- | --- | --- |");
      long begin = System.nanoTime();
      long most = 0;
      int written = 0;
      try (SteadyLoad load = new SteadyLoad(cluster.all(), SHARDS, EACH, BODY_BYTES)) {
        while (System.nanoTime() - begin < WRITE.toNanos()) {
          Access.pause(LOOK);
          written = load.count();
          most = Math.max(most, look(cluster, ledgers, begin, written));
        }
      }
      long left = most;
      while (left > most / 3 && System.nanoTime() - begin < PATIENCE.toNanos()) {
        Access.pause(LOOK);
        left = look(cluster, ledgers, begin, written);
      }
      assertThat(left).as("MiB left of " + most).isLessThanOrEqualTo(most / 3);
    }
  }

  /** How much the fullest node keeps. */
  private static long look(
      ClusterNodes cluster, BookKeeperLedgers ledgers, long begin, int messages) {
    List<Long> sizes = new ArrayList<>();
    List<Long> journals = new ArrayList<>();
    for (String name : cluster.names()) {
      Path storage = cluster.data(name).resolve("bookie");
      sizes.add(size(storage.resolve("ledgers")) / MIB);
      journals.add(size(storage.resolve("journal")) / MIB);
    }
    Map<Object, Long> kinds =
        ledgers.list().join().stream()
            .collect(Collectors.groupingBy(ledger -> ledger.label().use(), Collectors.counting()));
    System.err.printf(
        "| %d | %d | %s | %s | %s |%n",
        Duration.ofNanos(System.nanoTime() - begin).toSeconds(),
        (long) messages * BODY_BYTES / MIB,
        kinds,
        sizes,
        journals);
    return sizes.stream().mapToLong(Long::longValue).max().orElseThrow();
  }

  private static long size(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(RetentionFiguresTest::bytes).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long bytes(Path file) {
    try {
      return Files.size(file);
    } catch (IOException removed) {
      return 0;
    }
  }
}
