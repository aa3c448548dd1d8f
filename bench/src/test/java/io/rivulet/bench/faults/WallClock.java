package io.rivulet.bench.faults;

import io.rivulet.testkit.machine.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Owned by the test's thread. A process's wall clock that jumps as it is told, by libfaketime. Its
 * monotonic clock goes on, as a real one does.
 */
final class WallClock {
  private static final Path LIBRARIES = Path.of("/usr/lib");

  private final Path file;
  private final Path library;

  /** Skips the test where libfaketime is missing. */
  WallClock(Path file) {
    Optional<Path> found = find();
    new Requirement("clock jumps").holds(found.isPresent(), "install Debian's package faketime");
    this.library = found.orElseThrow();
    this.file = file;
    jump(Duration.ZERO);
  }

  private static Optional<Path> find() {
    try (Stream<Path> folders = Files.list(LIBRARIES)) {
      return folders
          .map(folder -> folder.resolve("faketime").resolve("libfaketime.so.1"))
          .filter(Files::exists)
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The environment of the process whose clock it is. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE",
        file.toString(),
        "FAKETIME_CACHE_DURATION",
        "1",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        // Else every wait with a time, which the JVM counts on the monotonic clock, ends at once.
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0",
        "NO_FAKE_STAT",
        "1");
  }

  /** From the real time, within a second. */
  void jump(Duration away) {
    try {
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, "%+d\n".formatted(away.toSeconds()));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
