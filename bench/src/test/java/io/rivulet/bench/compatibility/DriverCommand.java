package io.rivulet.bench.compatibility;

import io.rivulet.bench.OfficialClassPath;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Immutable. How the driver of each language is started. */
final class DriverCommand {
  private static final Path NODE_FOLDER = Path.of("src", "test", "node");
  private static final AtomicBoolean SAID = new AtomicBoolean();

  private DriverCommand() {}

  static ProcessBuilder of(Language language) {
    return switch (language) {
      case JAVA -> java();
      case NODE -> node();
    };
  }

  private static ProcessBuilder java() {
    try {
      Path home = Files.createTempDirectory("rivulet-official-java");
      List<String> command =
          OfficialClassPath.java("io.rivulet.bench.official.DriverMain", home, "-Xmx512m");
      return new ProcessBuilder(command).redirectError(home.resolve("driver.err").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessBuilder node() {
    requireNode(isOnPath("node"), "there is no node program on the PATH (18 or newer is needed)");
    requireNode(
        Files.isDirectory(NODE_FOLDER.resolve("node_modules")),
        "its libraries are missing; run: npm ci --prefix bench/src/test/node");
    return new ProcessBuilder("node", "driver.js")
        .directory(NODE_FOLDER.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  /** Skips the test, loudly; or fails it where all tests are required. */
  private static void requireNode(boolean isThere, String otherwise) {
    if (isThere) {
      return;
    }
    String text = "Tests with the official Node client are SKIPPED: " + otherwise;
    if ("1".equals(System.getenv("RIVULET_REQUIRE_ALL_TESTS"))) {
      Assertions.fail(text + " (RIVULET_REQUIRE_ALL_TESTS=1, so this is a failure)");
    }
    if (!SAID.getAndSet(true)) {
      System.err.println("\n*** " + text + "\n");
    }
    Assumptions.abort(text);
  }

  private static boolean isOnPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
