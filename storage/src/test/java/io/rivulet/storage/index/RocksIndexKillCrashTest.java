package io.rivulet.storage.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.index.Table;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process killed with SIGKILL while it writes to an index: all tables are of one position. */
class RocksIndexKillCrashTest {
  /** Rounds in the everyday run; {@code -Drivulet.killRounds=50} for a long one. */
  private static final int ROUNDS = Integer.getInteger("rivulet.killRounds", 2);

  private static final int MAX_REPORTS = 4;

  @TempDir private Path data;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  RocksIndexKillCrashTest() {}

  @Test
  void aKilledIndexIsAsAfterOneOfItsWrites() throws Exception {
    long seed = ProcessHandle.current().pid();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
      long flushed = writeUntilKilled(1 + random.nextInt(MAX_REPORTS));

      try (RocksIndex index =
          RocksIndex.open(WritingProcess.config(data.resolve("index")), Long.MAX_VALUE)) {
        assertThat(index.position()).as("seed %d", seed).isGreaterThanOrEqualTo(flushed);
        for (Table table : WritingProcess.TABLES) {
          byte[] value = index.get(table, WritingProcess.KEY);
          assertThat(value).as("%s, seed %d", table, seed).isNotNull();
          assertThat(ByteBuffer.wrap(value).getLong()).isEqualTo(index.position());
        }
      }
    }
  }

  /** Returns the highest position that the process reported flushed before it died. */
  private long writeUntilKilled(int reports) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                WritingProcess.class.getName(),
                data.resolve("index").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long flushed = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (int i = 0; i <= reports; i++) {
        flushed = Long.parseLong(lines.readLine());
      }
      // Not through the process itself: that would close its output unread.
      process.toHandle().destroyForcibly();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        flushed = Long.parseLong(line);
      }
    }
    process.waitFor();
    return flushed;
  }
}
