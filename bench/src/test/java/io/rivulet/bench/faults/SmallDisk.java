package io.rivulet.bench.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Owned by the test's thread. A disk of a few hundred MiB, in memory, that can be filled. */
final class SmallDisk implements AutoCloseable {
  private final Thread removal = new Thread(this::remove, "rivulet-disk-removal");
  private final Path folder;
  private final Path ballast;

  SmallDisk(Path folder, int mebibytes) {
    this.folder = folder;
    this.ballast = folder.resolve("ballast");
    Shell.run(
        "mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "rivulet", folder.toString());
    Runtime.getRuntime().addShutdownHook(removal);
  }

  /** Not a byte is left. */
  void fill() {
    try {
      long left = Files.getFileStore(folder).getUsableSpace();
      Shell.attempt("fallocate", "-l", Long.toString(left), ballast.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void free() {
    try {
      Files.deleteIfExists(ballast);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void remove() {
    Shell.attempt("umount", "-l", folder.toString());
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(removal);
    remove();
  }
}
