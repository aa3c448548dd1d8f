package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread at a time; all that it knows lies on the disk. Where the checkpoints of one
 * shard are at hand: a folder for each, with its manifest and, in a folder, its files.
 *
 * <p>A file gets its name only when all of it is on the disk, and so does a folder: what is not
 * finished says so in its name. Files never change.
 */
final class StandbyFolder {
  private static final Pattern NAME = Pattern.compile("([0-9]{20})-([0-9]{1,19})(\\.unfinished)?");
  private static final String MANIFEST = "manifest";
  private static final String FILES = "files";
  private static final String PART = "part";

  private final Path folder;

  StandbyFolder(Path folder) {
    this.folder = folder;
  }

  /** Immutable. A checkpoint that is here, or a part of it. */
  record Place(Checkpoint checkpoint, Path path, boolean isWhole) {
    Path files() {
      return path.resolve(FILES);
    }

    /** A file that is not whole yet. */
    Path part() {
      return path.resolve(PART);
    }

    Path file(StoredFile file) {
      return files().resolve(file.name());
    }

    SnapshotFiles snapshot() {
      return new SnapshotFiles(checkpoint.position(), files());
    }

    /** Nothing if it is not there, or damaged: then the files here are of no use. */
    Optional<Manifest> manifest() throws IOException {
      Path file = path.resolve(MANIFEST);
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      try {
        return Optional.of(Manifest.decode(Files.readAllBytes(file), file.toString()));
      } catch (DamagedCheckpointException e) {
        return Optional.empty();
      }
    }
  }

  /** All that is here, the newest first. */
  List<Place> places() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Place> places = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path path : entries.toList()) {
        Matcher name = NAME.matcher(path.getFileName().toString());
        if (name.matches()) {
          Checkpoint checkpoint =
              new Checkpoint(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
          places.add(new Place(checkpoint, path, name.group(3) == null));
        }
      }
    }
    places.sort(
        Comparator.<Place>comparingLong(place -> place.checkpoint.position())
            .thenComparing(Place::isWhole)
            .reversed());
    return places;
  }

  /** The newest that is whole. */
  Optional<Place> newest() throws IOException {
    return places().stream().filter(Place::isWhole).findFirst();
  }

  /** The place of a checkpoint that is to be fetched, with what is there of it. */
  Place begin(Checkpoint checkpoint, Manifest manifest) throws IOException {
    Path path = at(checkpoint, ".unfinished");
    Place place = new Place(checkpoint, path, false);
    if (!place.manifest().map(manifest::equals).orElse(false)) {
      delete(path);
      Files.createDirectories(place.files());
      Files.write(place.part(), manifest.encode());
      sync(place.part());
      Files.move(place.part(), path.resolve(MANIFEST), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.deleteIfExists(place.part());
    return place;
  }

  /** All files are there: the checkpoint is at hand from now on. */
  Place finish(Place unfinished) throws IOException {
    sync(unfinished.files());
    sync(unfinished.path);
    Path whole = at(unfinished.checkpoint, "");
    Files.move(unfinished.path, whole, StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
    return new Place(unfinished.checkpoint, whole, true);
  }

  /** Removes all others, but newer ones that still count and of which a part is here. */
  void keepOnly(Place kept, List<Checkpoint> counting) throws IOException {
    for (Place place : places()) {
      boolean mayBecomeNewest =
          !place.isWhole
              && place.checkpoint.position() > kept.checkpoint.position()
              && counting.contains(place.checkpoint);
      if (!place.equals(kept) && !mayBecomeNewest) {
        remove(place);
      }
    }
  }

  /** Removes everything. */
  void remove() throws IOException {
    for (Place place : places()) {
      remove(place);
    }
    delete(folder);
  }

  private void remove(Place place) throws IOException {
    Path unfinished = place.path;
    if (place.isWhole) {
      // Renamed first: half of it must not be taken for the whole.
      unfinished = at(place.checkpoint, ".unfinished");
      delete(unfinished);
      Files.move(place.path, unfinished, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.deleteIfExists(unfinished.resolve(MANIFEST));
    delete(unfinished);
  }

  private Path at(Checkpoint checkpoint, String end) {
    return folder.resolve(
        "%020d-%d%s".formatted(checkpoint.position(), checkpoint.manifestLedger(), end));
  }

  /** Makes a second name for a file, or a copy where that is not possible. */
  static void link(Path file, Path name) throws IOException {
    try {
      Files.createLink(name, file);
    } catch (FileSystemException | UnsupportedOperationException e) {
      Path copy = name.resolveSibling(name.getFileName() + ".copy");
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      sync(copy);
      Files.move(copy, name, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    Files.walkFileTree(
        path,
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
}
