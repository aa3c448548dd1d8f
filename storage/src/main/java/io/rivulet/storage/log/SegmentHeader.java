package io.rivulet.storage.log;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Immutable. The first 64 bytes of a segment file: where it lies in the log, and how the segment
 * before it ended, so that a start need not read that one to know.
 *
 * @param base position of the file's first byte
 * @param sizeBytes size of the file; the next segment's base is {@code base + sizeBytes}
 * @param salt random number in the CRC of each frame of this file
 * @param isRecycled whether the file held an older segment, so that old bytes lie beyond the end
 * @param previousBase base of the segment before, or -1 for the first of the log
 * @param previousEnd where the last batch of the segment before ends; all of it is synced
 * @param previousAppendMillis when that batch was appended
 */
record SegmentHeader(
    long base,
    int sizeBytes,
    int salt,
    boolean isRecycled,
    long previousBase,
    long previousEnd,
    long previousAppendMillis) {
  static final int BYTES = 64;

  private static final long MAGIC = 0x5249_5655_4C45_5453L;
  private static final int VERSION = 1;
  private static final int CRC_AT = 60;

  ByteBuffer encode() {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    buffer
        .putLong(MAGIC)
        .putInt(VERSION)
        .putInt(salt)
        .putLong(base)
        .putInt(sizeBytes)
        .putInt(isRecycled ? 1 : 0)
        .putLong(previousBase)
        .putLong(previousEnd)
        .putLong(previousAppendMillis);
    return buffer.putInt(CRC_AT, crc(buffer)).clear();
  }

  /** The header in these 64 bytes; empty if they are damaged or of another version. */
  static Optional<SegmentHeader> decode(ByteBuffer buffer) {
    if (buffer.remaining() != BYTES
        || buffer.getInt(CRC_AT) != crc(buffer)
        || buffer.getLong() != MAGIC
        || buffer.getInt() != VERSION) {
      return Optional.empty();
    }
    int salt = buffer.getInt();
    return Optional.of(
        new SegmentHeader(
            buffer.getLong(),
            buffer.getInt(),
            salt,
            buffer.getInt() == 1,
            buffer.getLong(),
            buffer.getLong(),
            buffer.getLong()));
  }

  private static int crc(ByteBuffer buffer) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(0, CRC_AT));
    return (int) crc.getValue();
  }
}
