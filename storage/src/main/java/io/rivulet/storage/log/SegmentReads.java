package io.rivulet.storage.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.engine.log.CorruptLogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: one lock around the map, none while reading. Positional reads of segment
 * files through a bounded number of open channels.
 *
 * <p>An interrupt closes the channel that its thread is reading from, for every other reader as
 * well. So an interrupt is put aside while reading and restored after; whoever finds its channel
 * closed opens it again.
 */
final class SegmentReads implements AutoCloseable {
  private static final int MAX_OPEN = 128;

  private final Disk disk;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Long, FileChannel> channels = new LinkedHashMap<>(16, 0.75f, true);

  @GuardedBy("lock")
  private boolean isClosed;

  SegmentReads(Disk disk) {
    this.disk = disk;
  }

  /** Fills the target with the bytes at a position. */
  void read(SegmentFile segment, long position, ByteBuffer target) throws IOException {
    boolean wasInterrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          readOnce(segment, position, target);
          return;
        } catch (ClosedChannelException closedByAnInterruptOrForRoom) {
          wasInterrupted |= Thread.interrupted();
          target.clear();
          forget(segment.base());
        }
      }
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Closes the channel of a segment that is no longer part of the log. */
  void forget(long base) throws IOException {
    FileChannel channel;
    lock.lock();
    try {
      channel = channels.remove(base);
    } finally {
      lock.unlock();
    }
    if (channel != null) {
      channel.close();
    }
  }

  @Override
  public void close() throws IOException {
    List<FileChannel> open;
    lock.lock();
    try {
      isClosed = true;
      open = new ArrayList<>(channels.values());
      channels.clear();
    } finally {
      lock.unlock();
    }
    for (FileChannel channel : open) {
      channel.close();
    }
  }

  private void readOnce(SegmentFile segment, long position, ByteBuffer target) throws IOException {
    FileChannel channel = channel(segment);
    while (target.hasRemaining()) {
      long fileOffset = position - segment.base() + target.position();
      if (channel.read(target, fileOffset) < 0) {
        throw new CorruptLogException(
            "the segment file %s ends before position %d"
                .formatted(segment.file(), segment.base() + fileOffset));
      }
    }
  }

  private FileChannel channel(SegmentFile segment) throws IOException {
    lock.lock();
    try {
      if (isClosed) {
        throw new IOException("the log is closed");
      }
      FileChannel channel = channels.get(segment.base());
      if (channel == null) {
        channel = disk.open(segment.file(), StandardOpenOption.READ);
        channels.put(segment.base(), channel);
        closeEldest();
      }
      return channel;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void closeEldest() throws IOException {
    if (channels.size() > MAX_OPEN) {
      var eldest = channels.entrySet().iterator();
      eldest.next().getValue().close();
      eldest.remove();
    }
  }
}
