package io.rivulet.cluster.checkpoint;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: one lock around what is remembered. Checksums of files that never change
 * once they are written.
 *
 * <p>They are remembered by what the file is on the disk, not by its name: hard links share them,
 * and two indexes of one shard that gave the same name to different files do not. What is not
 * remembered is read again.
 */
public final class FileSums {
  private static final int MAX_REMEMBERED = 100_000;
  private static final int STEP_BYTES = 1 << 20;

  private record Identity(Object fileKey, long sizeBytes, FileTime changed) {}

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Identity, Long> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Identity, Long> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /** The CRC32C of a file, read at the given pace if it is not remembered. */
  long of(Path file, @Nullable Pace pace, Patience patience, StopSign stop) throws IOException {
    Identity identity = identityOf(file);
    Long known = identity == null ? null : recall(identity);
    if (known != null) {
      return known;
    }
    CRC32C sum = new CRC32C();
    // One more than the file, so that its end is seen without another step.
    int step = (int) Math.min(STEP_BYTES, Files.size(file) + 1);
    ByteBuffer buffer = ByteBuffer.allocate(step);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer) >= 0) {
        stop.check();
        if (pace != null) {
          pace.take(buffer.position(), patience);
        }
        sum.update(buffer.flip());
        buffer.clear();
      }
    }
    if (identity != null) {
      remember(identity, sum.getValue());
    }
    return sum.getValue();
  }

  /** A file has this checksum, as who has just read or written all of it knows. */
  void remember(Path file, long crc32c) throws IOException {
    Identity identity = identityOf(file);
    if (identity != null) {
      remember(identity, crc32c);
    }
  }

  private void remember(Identity identity, long crc32c) {
    lock.lock();
    try {
      remembered.put(identity, crc32c);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Long recall(Identity identity) {
    lock.lock();
    try {
      return remembered.get(identity);
    } finally {
      lock.unlock();
    }
  }

  /** Null where the file system does not tell files apart. */
  private static @Nullable Identity identityOf(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    Object key = attributes.fileKey();
    return key == null ? null : new Identity(key, attributes.size(), attributes.lastModifiedTime());
  }
}
