package io.rivulet.bench.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Owned by one thread. Writes given pieces to a file, each with an fdatasync: what a disk can do.
 */
final class DiskLimit {
  private static final int FILE_BYTES = 64 << 20;

  /** The state of the file before the first piece is written. */
  enum FileKind {
    /** New and empty: every write makes it longer. */
    GROWING,
    /** Allocated and full of zeros. */
    ZERO_FILLED,
    /** Full of the bytes of an earlier use. */
    RECYCLED
  }

  private final Path folder;

  DiskLimit(Path folder) {
    this.folder = folder;
  }

  /** Nanoseconds that the pieces took; making the files is not counted. */
  long nanosFor(List<Integer> pieces, FileKind kind) throws IOException {
    int largest = pieces.stream().mapToInt(piece -> piece).max().orElseThrow();
    ByteBuffer bytes = ByteBuffer.allocateDirect(largest);
    while (bytes.hasRemaining()) {
      bytes.put((byte) (bytes.position() * 31));
    }
    Path file = folder.resolve("disk-limit");
    long nanos = 0;
    int next = 0;
    while (next < pieces.size()) {
      prepare(file, kind);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        long start = System.nanoTime();
        long at = 0;
        while (next < pieces.size() && (at == 0 || at + pieces.get(next) <= FILE_BYTES)) {
          bytes.clear().limit(pieces.get(next));
          while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
          }
          channel.force(false);
          next++;
        }
        nanos += System.nanoTime() - start;
      }
      if (kind == FileKind.GROWING) {
        Files.delete(file);
      }
    }
    Files.deleteIfExists(file);
    return nanos;
  }

  private static void prepare(Path file, FileKind kind) throws IOException {
    boolean isThere = Files.exists(file);
    if (isThere && kind == FileKind.RECYCLED) {
      return;
    }
    Files.deleteIfExists(file);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer fill = ByteBuffer.allocateDirect(1 << 20);
      while (kind == FileKind.RECYCLED && fill.hasRemaining()) {
        fill.put((byte) 7);
      }
      for (long at = 0; kind != FileKind.GROWING && at < FILE_BYTES; ) {
        at += channel.write(fill.clear(), at);
      }
      channel.force(true);
    }
  }
}
