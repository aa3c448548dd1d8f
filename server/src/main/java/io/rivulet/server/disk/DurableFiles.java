package io.rivulet.server.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Set;

/**
 * Safe for all threads: stateless. Writes small files so that after the loss of power each is there
 * whole or not at all.
 */
public final class DurableFiles {
  private DurableFiles() {}

  /** Makes a folder with its parents; those that are there already are left as they are. */
  public static void createFolders(Path folder) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    Path at = folder.toAbsolutePath().normalize();
    while (at != null && !Files.exists(at)) {
      missing.push(at);
      at = at.getParent();
    }
    Files.createDirectories(folder);
    for (Path made : missing) {
      syncFolder(parentOf(made));
    }
  }

  /** Writes a file that only its owner may read, not even others while it is being written. */
  public static void writeOwnersOnly(Path file, byte[] content) throws IOException {
    boolean isPosix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes = {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
    write(file, content, isPosix ? attributes : new FileAttribute<?>[0]);
  }

  /** Writes or replaces a file. */
  public static void write(Path file, byte[] content, FileAttribute<?>... attributes)
      throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(unfinished);
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(unfinished, options, attributes)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(parentOf(file));
  }

  private static Path parentOf(Path path) {
    return Objects.requireNonNull(path.toAbsolutePath().getParent());
  }

  private static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
