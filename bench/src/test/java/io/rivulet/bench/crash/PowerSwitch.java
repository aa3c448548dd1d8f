package io.rivulet.bench.crash;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. How a server is brought down: by SIGKILL or, where {@code bench/faults/power-loss.sh}
 * has made a disk for it, together with the disk, which forgets what was not synced.
 */
final class PowerSwitch {
  private static final @Nullable String SCRIPT = System.getProperty("rivulet.crash.power");
  private static final @Nullable String DISK = System.getProperty("rivulet.crash.folder");

  private PowerSwitch() {}

  static boolean hasDisk() {
    return SCRIPT != null && DISK != null;
  }

  /** A new folder for the server, on the disk that loses its power if there is one. */
  static Path newFolder() throws IOException {
    return DISK == null
        ? Files.createTempDirectory("rivulet-crash")
        : Files.createTempDirectory(Path.of(DISK), "rivulet-crash");
  }

  static void off(ServerProcess server) throws IOException, InterruptedException {
    if (hasDisk()) {
      run("off");
    }
    server.kill();
    if (hasDisk()) {
      run("on");
    }
  }

  private static void run(String what) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(String.valueOf(SCRIPT), what).inheritIO().start();
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new IllegalStateException("the disk can't be switched " + what);
    }
  }
}
