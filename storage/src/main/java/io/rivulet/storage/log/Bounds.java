package io.rivulet.storage.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/**
 * Safe for all threads: one lock. The file {@code bounds}: which segments the log begins and ends
 * with, so that a missing file at either end is noticed and an interrupted trim is finished.
 *
 * <p>Two slots are written in turn, each with a number and a CRC: a torn write leaves the other.
 */
final class Bounds implements AutoCloseable {
  private static final int SLOT_BYTES = 32;
  private static final int SLOT_DISTANCE = 512;
  private static final int CRC_AT = 24;

  /** Base of the first and of the last segment. */
  record Range(long first, long last) {
    static final Range UNKNOWN = new Range(-1, -1);

    boolean isKnown() {
      return first >= 0;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final FileChannel channel;
  private long sequence;
  private Range range = Range.UNKNOWN;

  Bounds(Disk disk, Path folder) throws IOException {
    channel =
        disk.open(
            folder.resolve("bounds"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    for (int slot = 0; slot < 2; slot++) {
      readSlot(slot);
    }
  }

  Range range() {
    lock.lock();
    try {
      return range;
    } finally {
      lock.unlock();
    }
  }

  void set(Range newRange) throws IOException {
    lock.lock();
    try {
      write(newRange);
    } finally {
      lock.unlock();
    }
  }

  /** The log begins with this segment from now on. */
  void moveFirst(long first) throws IOException {
    lock.lock();
    try {
      write(new Range(first, range.last));
    } finally {
      lock.unlock();
    }
  }

  /** The log ends with this segment from now on. */
  void moveLast(long last) throws IOException {
    lock.lock();
    try {
      write(new Range(range.first, last));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void write(Range newRange) throws IOException {
    ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES);
    slot.putLong(sequence + 1).putLong(newRange.first).putLong(newRange.last);
    slot.putInt(crc(slot)).clear();
    long at = (sequence + 1) % 2 * SLOT_DISTANCE;
    while (slot.hasRemaining()) {
      channel.write(slot, at + slot.position());
    }
    channel.force(false);
    sequence++;
    range = newRange;
  }

  private void readSlot(int index) throws IOException {
    ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES);
    if (channel.read(slot, (long) index * SLOT_DISTANCE) < SLOT_BYTES
        || slot.getInt(CRC_AT) != crc(slot)) {
      return;
    }
    slot.flip();
    long found = slot.getLong();
    if (found > sequence) {
      sequence = found;
      range = new Range(slot.getLong(), slot.getLong());
    }
  }

  private static int crc(ByteBuffer slot) {
    CRC32C crc = new CRC32C();
    crc.update(slot.slice(0, CRC_AT));
    return (int) crc.getValue();
  }
}
