package io.rivulet.storage.index;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: immutable, what it knows lies in the folder. The snapshots of an index: one
 * folder each, named by the position that it reflects.
 *
 * <p>A folder gets its name only when everything in it is on the disk, so whatever has a position
 * for a name is whole. The files of an index never change once written: a snapshot is made of hard
 * links, and so is an index that begins with one.
 */
final class Snapshots {
  private static final int KEPT = 2;
  private static final String UNFINISHED = ".unfinished";

  private final Path folder;

  Snapshots(Path folder) {
    this.folder = folder;
  }

  /** Fills a new folder with a snapshot. */
  @FunctionalInterface
  interface Maker {
    void make(Path target) throws IOException;
  }

  /** Positions of all snapshots, ascending. */
  List<Long> positions() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.matches("[0-9]{20}"))
          .map(Long::parseLong)
          .sorted()
          .toList();
    }
  }

  OptionalLong oldest() throws IOException {
    return positions().stream().mapToLong(position -> position).min();
  }

  Path at(long position) {
    return folder.resolve("%020d".formatted(position));
  }

  /** Makes a snapshot, unless there is one of this position, and drops all but the two newest. */
  void add(long position, Maker maker) throws IOException {
    if (!Files.exists(folder)) {
      Files.createDirectories(folder);
      sync(Objects.requireNonNull(folder.toAbsolutePath().getParent()));
    }
    if (!Files.exists(at(position))) {
      Path unfinished = folder.resolve("%020d%s".formatted(position, UNFINISHED));
      delete(unfinished);
      maker.make(unfinished);
      syncFiles(unfinished);
      Files.move(unfinished, at(position), StandardCopyOption.ATOMIC_MOVE);
      sync(folder);
    }
    List<Long> positions = positions();
    for (long old : positions.subList(0, Math.max(0, positions.size() - KEPT))) {
      remove(old);
    }
  }

  void remove(long position) throws IOException {
    // Renamed first: half a snapshot must not be taken for a whole one.
    Path unfinished = folder.resolve("%020d%s".formatted(position, UNFINISHED));
    delete(unfinished);
    Files.move(at(position), unfinished, StandardCopyOption.ATOMIC_MOVE);
    delete(unfinished);
  }

  /** Removes what an interrupted snapshot left. */
  void removeUnfinished() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> unfinished;
    try (Stream<Path> entries = Files.list(folder)) {
      unfinished =
          entries.filter(entry -> entry.getFileName().toString().endsWith(UNFINISHED)).toList();
    }
    for (Path entry : unfinished) {
      delete(entry);
    }
  }

  /** Makes a folder a copy of a snapshot, by hard links where the files never change. */
  void restore(long position, Path target) throws IOException {
    Files.createDirectories(target);
    try (Stream<Path> files = Files.list(at(position))) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(file.getFileName());
        if (file.getFileName().toString().endsWith(".sst")) {
          Files.createLink(copy, file);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }

  /** Removes a folder with everything in it, if it is there. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path entered, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(entered);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void syncFiles(Path snapshot) throws IOException {
    try (Stream<Path> files = Files.list(snapshot)) {
      for (Path file : files.toList()) {
        sync(file);
      }
    }
    sync(snapshot);
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
