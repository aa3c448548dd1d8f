package io.rivulet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Immutable. A folder that is removed with all that is in it. */
record WorkFolder(Path path) implements AutoCloseable {
  /** A new one in that folder; empty: in the system's for temporary files. */
  static WorkFolder make(String in) throws IOException {
    if (in.isEmpty()) {
      return new WorkFolder(Files.createTempDirectory("rivulet-bench"));
    }
    Path folder = Files.createDirectories(Path.of(in));
    return new WorkFolder(Files.createTempDirectory(folder, "rivulet-bench"));
  }

  @Override
  public void close() throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(path)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.deleteIfExists(each);
    }
  }
}
