package io.rivulet.storage.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Immutable. One frame of the log: a batch, or the mark that a clean stop leaves after the last.
 *
 * <p>Layout, big endian, at a position that is a multiple of 8:
 *
 * <pre>
 *  0 int   magic
 *  4 int   payload length in bytes
 *  8 long  base: position of the payload's first byte, so of this frame plus 40
 * 16 long  synced end known when the frame was appended
 * 24 long  time of the append, milliseconds since the epoch
 * 32 int   kind: 1 batch, 2 mark
 * 36 int   CRC32C over the segment's salt, bytes 0 to 35 and the payload
 * 40       payload
 * </pre>
 *
 * <p>The base and the salt keep bytes of an earlier life of a recycled file, and bytes that a
 * sender dressed up as a frame, from being taken for one.
 *
 * @param payload the batch; valid until the scanner moves on
 */
record Frame(Kind kind, long base, long syncedEnd, long appendMillis, ByteBuffer payload) {
  static final int HEADER_BYTES = 40;
  static final int ALIGNMENT = 8;
  static final int MAGIC = 0x52564C46;

  private static final int LENGTH_AT = 4;
  private static final int BASE_AT = 8;
  private static final int SYNCED_END_AT = 16;
  private static final int APPEND_MILLIS_AT = 24;
  private static final int KIND_AT = 32;
  private static final int CRC_AT = 36;

  enum Kind {
    BATCH(1),
    MARK(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /** Position right after the payload. */
  long end() {
    return base + payload.remaining();
  }

  /** First position at or after this one where a frame may begin. */
  static long align(long position) {
    return (position + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** Bytes that a batch takes in the file at most. */
  static long sizeBytes(long payloadBytes) {
    return align(HEADER_BYTES + payloadBytes);
  }

  /** Writes the header of a frame with this payload into the buffer's first 40 bytes. */
  static void encodeHeader(ByteBuffer header, int salt, Frame frame) {
    header
        .clear()
        .putInt(MAGIC)
        .putInt(frame.payload.remaining())
        .putLong(frame.base)
        .putLong(frame.syncedEnd)
        .putLong(frame.appendMillis)
        .putInt(frame.kind.code)
        .putInt(crc(salt, header, 0, frame.payload))
        .flip();
  }

  static boolean hasMagic(ByteBuffer buffer, int at) {
    return buffer.getInt(at) == MAGIC;
  }

  static long baseIn(ByteBuffer buffer, int at) {
    return buffer.getLong(at + BASE_AT);
  }

  static int lengthIn(ByteBuffer buffer, int at) {
    return buffer.getInt(at + LENGTH_AT);
  }

  /** Whether the header and the payload after it are as they were written. */
  static boolean isIntact(ByteBuffer buffer, int at, int salt) {
    ByteBuffer payload = buffer.slice(at + HEADER_BYTES, lengthIn(buffer, at));
    int kind = buffer.getInt(at + KIND_AT);
    return (kind == Kind.BATCH.code || kind == Kind.MARK.code)
        && buffer.getInt(at + CRC_AT) == crc(salt, buffer, at, payload);
  }

  /** The frame at this place of the buffer, which must be intact. */
  static Frame decode(ByteBuffer buffer, int at) {
    return new Frame(
        buffer.getInt(at + KIND_AT) == Kind.MARK.code ? Kind.MARK : Kind.BATCH,
        baseIn(buffer, at),
        buffer.getLong(at + SYNCED_END_AT),
        buffer.getLong(at + APPEND_MILLIS_AT),
        buffer.slice(at + HEADER_BYTES, lengthIn(buffer, at)).asReadOnlyBuffer());
  }

  private static int crc(int salt, ByteBuffer header, int at, ByteBuffer payload) {
    CRC32C crc = new CRC32C();
    crc.update(salt >>> 24);
    crc.update(salt >>> 16);
    crc.update(salt >>> 8);
    crc.update(salt);
    ByteBuffer covered = header.duplicate();
    covered.limit(at + CRC_AT).position(at);
    crc.update(covered);
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }
}
