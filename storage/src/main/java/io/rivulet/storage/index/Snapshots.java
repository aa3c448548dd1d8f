package io.rivulet.storage.index;

import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Changed by one thread at a time; {@link #positions}, {@link #oldest} and {@link #newest} are safe
 * for all threads: a volatile list. The snapshots of an index: one folder each, named by the
 * position that it reflects.
 *
 * <p>A folder gets its name only when everything in it is on the disk, so whatever has a position
 * for a name is whole. The files of an index never change once written: a snapshot is made of hard
 * links, and so is an index that begins with one.
 */
final class Snapshots {
  private static final int KEPT = 2;
  private static final String UNFINISHED = ".unfinished";

  private final Path folder;
  private volatile List<Long> positions;

  private Snapshots(Path folder, List<Long> positions) {
    this.folder = folder;
    this.positions = positions;
  }

  /** Those that a folder has, without what an interrupted one left. */
  static Snapshots open(Path folder) throws IOException {
    removeUnfinished(folder);
    return new Snapshots(folder, list(folder));
  }

  /** Fills a new folder with a snapshot. */
  @FunctionalInterface
  interface Maker {
    void make(Path target) throws IOException;
  }

  /** Positions of all snapshots in a folder, ascending. */
  static List<Long> list(Path folder) throws IOException {
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

  /** Positions of all snapshots, ascending. */
  List<Long> positions() {
    return positions;
  }

  /** Position of the oldest; 0: there is none. */
  long oldest() {
    List<Long> all = positions;
    return all.isEmpty() ? 0 : all.getFirst();
  }

  /** Position of the newest; 0: there is none. */
  long newest() {
    List<Long> all = positions;
    return all.isEmpty() ? 0 : all.getLast();
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
    if (!positions.contains(position)) {
      Path unfinished = folder.resolve("%020d%s".formatted(position, UNFINISHED));
      delete(unfinished);
      maker.make(unfinished);
      syncFiles(unfinished);
      Files.move(unfinished, at(position), StandardCopyOption.ATOMIC_MOVE);
      sync(folder);
      List<Long> all = new ArrayList<>(positions);
      all.add(position);
      all.sort(null);
      positions = List.copyOf(all);
    }
    List<Long> all = positions;
    for (long old : all.subList(0, Math.max(0, all.size() - KEPT))) {
      remove(old);
    }
  }

  /** Takes over a snapshot that was made elsewhere; the files given stay as they are. */
  void adopt(SnapshotFiles snapshot) throws IOException {
    add(
        snapshot.position(),
        target -> {
          Files.createDirectories(target);
          copy(snapshot.folder(), target);
        });
  }

  void remove(long position) throws IOException {
    // Renamed first: half a snapshot must not be taken for a whole one.
    Path unfinished = folder.resolve("%020d%s".formatted(position, UNFINISHED));
    delete(unfinished);
    Files.move(at(position), unfinished, StandardCopyOption.ATOMIC_MOVE);
    positions = positions.stream().filter(each -> each != position).toList();
    delete(unfinished);
  }

  private static void removeUnfinished(Path folder) throws IOException {
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
    copy(at(position), target);
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(from)) {
      files = entries.toList();
    }
    for (Path file : files) {
      Path copy = to.resolve(file.getFileName());
      if (!file.getFileName().toString().endsWith(".sst") || !link(copy, file)) {
        Files.copy(file, copy);
      }
    }
  }

  /** False if the two lie on different disks, or the file system has no hard links. */
  private static boolean link(Path link, Path file) throws IOException {
    try {
      Files.createLink(link, file);
      return true;
    } catch (FileSystemException | UnsupportedOperationException e) {
      return false;
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
