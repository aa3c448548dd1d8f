package io.rivulet.storage.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Owned by the log thread, except {@link #sync}, which the sync thread may call: a lock keeps it
 * from the change to the next file. Writes to the last segment and changes to the next.
 *
 * <p>The order at a change makes recovery simple: the old file is synced; the new file's header is
 * synced; it gets its name and the folder is synced; the bounds are synced. So every segment but
 * the last is whole, and every named one has a header.
 */
final class SegmentWriter implements AutoCloseable {
  private final Disk disk;
  private final LogConfig config;
  private final Bounds bounds;
  private final HotTail tail;
  private final ReentrantLock syncLock = new ReentrantLock();
  private SegmentFile segment;
  private FileChannel channel;

  SegmentWriter(Disk disk, LogConfig config, Bounds bounds, HotTail tail, SegmentFile segment)
      throws IOException {
    this.disk = disk;
    this.config = config;
    this.bounds = bounds;
    this.tail = tail;
    this.segment = segment;
    this.channel = disk.open(segment.file(), StandardOpenOption.WRITE);
  }

  SegmentFile segment() {
    return segment;
  }

  /** Turns a spare file into a segment, named and durable. */
  static void begin(Disk disk, Path folder, SegmentFile segment) throws IOException {
    try (FileChannel channel = disk.open(segment.spare(), StandardOpenOption.WRITE)) {
      writeFully(channel, segment.header().encode(), 0);
      channel.force(true);
    }
    Files.move(segment.spare(), segment.file(), StandardCopyOption.ATOMIC_MOVE);
    disk.syncFolder(folder);
  }

  void changeTo(SegmentFile next) throws IOException {
    begin(disk, config.folder(), next);
    bounds.moveLast(next.base());
    FileChannel opened = disk.open(next.file(), StandardOpenOption.WRITE);
    syncLock.lock();
    try {
      channel.close();
      channel = opened;
      segment = next;
    } finally {
      syncLock.unlock();
    }
  }

  /** Writes the bytes between two positions, in one piece, from the hot tail. */
  void writeTail(long from, long to) throws IOException {
    ByteBuffer[] buffers = tail.slices(from, to);
    channel.position(from - segment.base());
    long left = 0;
    for (ByteBuffer buffer : buffers) {
      left += buffer.remaining();
    }
    while (left > 0) {
      left -= channel.write(buffers);
    }
  }

  void write(long position, ByteBuffer buffer) throws IOException {
    writeFully(channel, buffer, position - segment.base());
  }

  /** Makes all bytes written before survive power loss. */
  void sync() throws IOException {
    syncLock.lock();
    try {
      channel.force(false);
    } finally {
      syncLock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer, long offset)
      throws IOException {
    long start = offset - buffer.position();
    while (buffer.hasRemaining()) {
      channel.write(buffer, start + buffer.position());
    }
  }
}
