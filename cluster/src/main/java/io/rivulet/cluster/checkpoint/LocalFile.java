package io.rivulet.cluster.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Immutable. A file of a snapshot, on this node's disk. */
record LocalFile(String name, Path path, long sizeBytes) {

  /** The files of a folder, by name. */
  static List<LocalFile> in(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> entries = Files.list(folder)) {
      paths = entries.sorted().toList();
    }
    List<LocalFile> files = new ArrayList<>();
    for (Path path : paths) {
      files.add(new LocalFile(path.getFileName().toString(), path, Files.size(path)));
    }
    return files;
  }
}
