package io.rivulet.server;

import io.rivulet.server.disk.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Owned by whoever starts the server. The data folder, held by one process at a time: a lock on a
 * file in it, which the operating system drops when the process dies however it dies.
 */
final class DataFolder implements AutoCloseable {
  private static final String LOCK_FILE = "lock";

  private final Path path;
  private final FileChannel lockFile;

  private DataFolder(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /** Makes the folder if it is missing, and takes it, to serve what is in it. */
  static DataFolder open(Path configured) throws StartException {
    DataFolder folder = take(configured);
    if (Files.exists(folder.unfinished())) {
      folder.release();
      throw new StartException(
          ExitCode.DATA,
          ("the data folder %s is being filled with what a cluster has, and that has not ended: let"
                  + " `rivulet export`, the same command again, bring it to its end")
              .formatted(folder.path));
    }
    return folder;
  }

  /** The same, whatever is in it. */
  static DataFolder take(Path configured) throws StartException {
    Path path = configured.toAbsolutePath().normalize();
    try {
      DurableFiles.createFolders(path);
      FileChannel channel =
          FileChannel.open(
              path.resolve(LOCK_FILE),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      try {
        lock(path, channel);
        return new DataFolder(path, channel);
      } catch (IOException | StartException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new StartException(ExitCode.DATA, "the data folder " + path + " " + explain(e));
    }
  }

  private static void lock(Path path, FileChannel channel) throws IOException, StartException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null; // another server inside this very process
    }
    if (lock == null) {
      String owner = Files.readString(path.resolve(LOCK_FILE)).strip();
      throw new StartException(
          ExitCode.DATA,
          "the data folder %s is in use by another server%s; stop that one or choose another folder"
                  .formatted(path, owner.isEmpty() ? "" : " (process " + owner + ")")
              + " with --data");
    }
    channel.truncate(0);
    String processId = ProcessHandle.current().pid() + "\n";
    channel.write(ByteBuffer.wrap(processId.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  /** What a file error means for somebody who chose a folder. */
  static String explain(IOException e) {
    return switch (e) {
      case AccessDeniedException denied ->
          "can't be used: no permission for "
              + denied.getFile()
              + "; change its owner or choose another folder with --data";
      case FileAlreadyExistsException file -> "can't be made: " + file.getFile() + " is a file";
      case NoSuchFileException file -> "can't be made: nothing can be created at " + file.getFile();
      case NotDirectoryException file -> "can't be used: " + file.getFile() + " is not a folder";
      case FileSystemException other when other.getReason() != null ->
          "can't be used: " + other.getFile() + ": " + other.getReason();
      default -> "can't be used: " + e.getMessage();
    };
  }

  Path path() {
    return path;
  }

  /** It is there as long as not all is there that is to be. */
  Path unfinished() {
    return path.resolve("export.unfinished");
  }

  private void release() throws StartException {
    try {
      close();
    } catch (IOException e) {
      throw new StartException(ExitCode.DATA, "the data folder " + path + " " + explain(e));
    }
  }

  Path tokens() {
    return path.resolve("tokens");
  }

  Path tls() {
    return path.resolve("tls");
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
