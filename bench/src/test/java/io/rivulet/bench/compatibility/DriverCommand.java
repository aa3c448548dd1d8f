package io.rivulet.bench.compatibility;

import io.rivulet.bench.OfficialClassPath;
import io.rivulet.testkit.node.NodeFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Immutable. How the driver of each language is started. */
final class DriverCommand {
  private static final NodeFolder NODE =
      new NodeFolder(Path.of("src", "test", "node"), "bench", "the official Node client");

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
    return NODE.program("node", "driver.js").redirectError(ProcessBuilder.Redirect.INHERIT);
  }
}
