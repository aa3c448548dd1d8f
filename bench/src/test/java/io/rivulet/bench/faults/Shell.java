package io.rivulet.bench.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Safe for all threads: nothing in it changes. Runs the machine's own programs. */
final class Shell {
  private static final long PATIENCE_SECONDS = 60;

  private Shell() {}

  /** What the program printed; fails if it did not end well. */
  static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(List.of(command) + " failed: " + printed.strip());
      }
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** The same, where it does not matter whether it ends well. */
  static void attempt(String... command) {
    try {
      run(command);
    } catch (IllegalStateException | UncheckedIOException e) {
      System.err.println("(not done: " + e.getMessage() + ")");
    }
  }
}
