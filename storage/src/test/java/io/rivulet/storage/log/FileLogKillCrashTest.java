package io.rivulet.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.time.Clock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process killed with SIGKILL while it appends: what it reported durable is there. */
class FileLogKillCrashTest {
  private static final Logger LOG = LoggerFactory.getLogger(FileLogKillCrashTest.class);

  /** Rounds in the everyday run; {@code -Drivulet.killRounds=50} for a long one. */
  private static final int ROUNDS = Integer.getInteger("rivulet.killRounds", 3);

  private static final int MAX_REPORTS = 150;

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  FileLogKillCrashTest() {}

  @ParameterizedTest
  @EnumSource
  void whatAKilledProcessReportedDurableIsThereInOrder(Durability durability) throws Exception {
    long seed = ProcessHandle.current().pid();
    LOG.info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    long next = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long durable = appendUntilKilled(durability, next, 1 + random.nextInt(MAX_REPORTS));

      List<Long> found = numbersFound(durability);

      assertThat(found).as("seed %d round %d", seed, round).isNotEmpty();
      for (int i = 1; i < found.size(); i++) {
        assertThat(found.get(i)).isEqualTo(found.get(i - 1) + 1);
      }
      assertThat(found.getLast())
          .as("seed %d round %d", seed, round)
          .isBetween(durable, next + 10_000_000);
      next = found.getLast() + 1;
    }
  }

  /** Returns the highest number that the process reported durable before it died. */
  private long appendUntilKilled(Durability durability, long first, int reports)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AppendingProcess.class.getName(),
                folder.toString(),
                durability.name(),
                Long.toString(first))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long durable = -1;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (int i = 0; i < reports; i++) {
        durable = Math.max(durable, numberIn(lines.readLine()));
      }
      // Not through the process itself: that would close its output unread.
      process.toHandle().destroyForcibly();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        durable = Math.max(durable, numberIn(line));
      }
    }
    process.waitFor();
    return durable;
  }

  private static long numberIn(String line) {
    assertThat(line).as("what the appending process said").matches("[0-9]+");
    return Long.parseLong(line);
  }

  private List<Long> numbersFound(Durability durability) throws IOException {
    List<Long> numbers = new ArrayList<>();
    LogConfig config = LogFolders.config(folder).withDurability(durability);
    try (FileLog log = FileLog.open(config, Clock.system())) {
      log.replay(
          log.head(),
          (base, payload) -> {
            long number = payload.getLong(0);
            assertThat(payload).isEqualTo(AppendingProcess.payload(number));
            numbers.add(number);
          });
    }
    return numbers;
  }
}
