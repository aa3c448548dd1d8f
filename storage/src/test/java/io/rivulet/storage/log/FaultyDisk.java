package io.rivulet.storage.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/** Safe for all threads: volatile switches. A disk of a given size that fails when told to. */
final class FaultyDisk implements Disk {
  private final Disk real = Disk.real();
  private final Path folder;
  private volatile long capacityBytes = Long.MAX_VALUE;
  private volatile boolean failsWrites;
  private volatile boolean failsSyncs;
  private final Semaphore syncs = new Semaphore(1);

  FaultyDisk(Path folder) {
    this.folder = folder;
  }

  /** Sets how many bytes all files of the folder may have together. */
  void resize(long newCapacityBytes) {
    capacityBytes = newCapacityBytes;
  }

  /** Has syncs wait until {@link #releaseSyncs}. */
  void holdSyncs() {
    syncs.acquireUninterruptibly();
  }

  void releaseSyncs() {
    syncs.release();
  }

  void failWrites() {
    failsWrites = true;
  }

  void failSyncs() {
    failsSyncs = true;
  }

  @Override
  public FileChannel open(Path file, OpenOption... options) throws IOException {
    return new FaultyChannel(real.open(file, options));
  }

  @Override
  public long usableBytes(Path asked) throws IOException {
    return capacityBytes == Long.MAX_VALUE ? Long.MAX_VALUE / 2 : capacityBytes - usedBytes();
  }

  @Override
  public boolean allocate(Path file, long sizeBytes) throws IOException {
    if (capacityBytes != Long.MAX_VALUE && usedBytes() + sizeBytes > capacityBytes) {
      throw new IOException("No space left on device");
    }
    return real.allocate(file, sizeBytes);
  }

  @Override
  public void syncFolder(Path asked) throws IOException {
    real.syncFolder(asked);
  }

  private long usedBytes() throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files = entries.toList();
    }
    long used = 0;
    for (Path file : files) {
      // Zero for a file that was removed meanwhile.
      used += file.toFile().length();
    }
    return used;
  }

  private final class FaultyChannel extends FileChannel {
    private final FileChannel channel;

    FaultyChannel(FileChannel channel) {
      this.channel = channel;
    }

    private void beforeWrite(long end) throws IOException {
      if (failsWrites) {
        throw new IOException("Input/output error");
      }
      long growth = Math.max(0, end - channel.size());
      if (growth > 0 && capacityBytes != Long.MAX_VALUE && usedBytes() + growth > capacityBytes) {
        throw new IOException("No space left on device");
      }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      beforeWrite(position + source.remaining());
      return channel.write(source, position);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
      beforeWrite(0);
      return channel.write(sources, offset, length);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      beforeWrite(0);
      return channel.write(source);
    }

    @Override
    public void force(boolean withMetadata) throws IOException {
      if (failsSyncs) {
        throw new IOException("Input/output error");
      }
      syncs.acquireUninterruptibly();
      syncs.release();
      channel.force(withMetadata);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      return channel.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
      return channel.read(targets, offset, length);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public long position() throws IOException {
      return channel.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
      channel.position(newPosition);
      return this;
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      channel.truncate(size);
      return this;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count)
        throws IOException {
      return channel.transferFrom(source, position, count);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
      return channel.map(mode, position, size);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
      return channel.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return channel.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      channel.close();
    }
  }
}
