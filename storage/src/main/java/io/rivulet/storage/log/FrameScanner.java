package io.rivulet.storage.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** Owned by the thread that made it. Reads the frames of one segment file in order. */
final class FrameScanner {
  private static final int WINDOW_BYTES = 1 << 20;

  /**
   * How often the bytes of a file are checked at most in a search: once for real frames; a message
   * full of bytes that look like the headers of large frames must not cost more than this.
   */
  private static final long MAX_CHECKS = 4;

  private final FileChannel channel;
  private final SegmentHeader header;
  private final long limit;
  private ByteBuffer window;
  private long windowStart;
  private long position;

  /**
   * Begins at the segment's first frame.
   *
   * @param limit position that no frame reaches beyond
   */
  FrameScanner(FileChannel channel, SegmentHeader header, long limit) {
    this.channel = channel;
    this.header = header;
    this.limit = limit;
    this.position = header.base() + SegmentHeader.BYTES;
    this.windowStart = position;
    this.window =
        ByteBuffer.allocateDirect(Math.clamp(limit - position, Frame.HEADER_BYTES, WINDOW_BYTES));
    window.limit(0);
  }

  /** Where the next frame begins, or where the last call found none. */
  long position() {
    return position;
  }

  /** The frame at the current position, or null if there is no intact one; moves on behind it. */
  @Nullable Frame next() throws IOException {
    if (!holdsHeader(position) || !hasPlausibleLength(position) || !isIntact(position)) {
      return null;
    }
    Frame frame = Frame.decode(window, at(position));
    position = Frame.align(frame.end());
    return frame;
  }

  /** Moves behind frames that end at or below a position, trusting their lengths. */
  void skipTo(long target) throws IOException {
    while (holdsHeader(position) && hasPlausibleLength(position)) {
      long end = position + Frame.HEADER_BYTES + Frame.lengthIn(window, at(position));
      if (end > target) {
        return;
      }
      position = Frame.align(end);
    }
  }

  /** What lies behind the point where the intact frames end. */
  record Remains(long claimedEnd, long lastUsed, long highestSyncedEnd) {}

  /**
   * Looks through the rest of the file for anything that was written there.
   *
   * <p>{@code claimedEnd}: how far frames reach that belong to this place, intact or not; {@code
   * lastUsed}: how far there is anything but zeros; {@code highestSyncedEnd}: the highest synced
   * end that an intact frame there speaks of.
   */
  Remains searchFrom(long from) throws IOException {
    long claimedEnd = from;
    long lastUsed = from;
    long highestSyncedEnd = 0;
    long checkable = MAX_CHECKS * (limit - from);
    long place = from;
    while (place + Frame.ALIGNMENT <= limit && holds(place, Frame.ALIGNMENT)) {
      long next = place + Frame.ALIGNMENT;
      if (window.getLong(at(place)) != 0) {
        lastUsed = next;
        if (holdsHeader(place)) {
          int length = Math.max(0, Frame.lengthIn(window, at(place)));
          claimedEnd = Math.max(claimedEnd, Math.min(limit, place + Frame.sizeBytes(length)));
          checkable -= hasPlausibleLength(place) ? length : 0;
          if (checkable >= 0 && hasPlausibleLength(place) && isIntact(place)) {
            Frame frame = Frame.decode(window, at(place));
            highestSyncedEnd = Math.max(highestSyncedEnd, frame.syncedEnd());
            next = Frame.align(frame.end());
            lastUsed = next;
          }
        }
      }
      place = next;
    }
    return new Remains(claimedEnd, Math.min(lastUsed, limit), highestSyncedEnd);
  }

  /** Whether a header that names this very place as its own lies there. */
  private boolean holdsHeader(long at) throws IOException {
    return holds(at, Frame.HEADER_BYTES)
        && Frame.hasMagic(window, at(at))
        && Frame.baseIn(window, at(at)) == at + Frame.HEADER_BYTES;
  }

  private boolean hasPlausibleLength(long at) {
    int length = Frame.lengthIn(window, at(at));
    return length >= 0 && at + Frame.HEADER_BYTES + length <= limit;
  }

  private boolean isIntact(long at) throws IOException {
    int length = Frame.lengthIn(window, at(at));
    return holds(at, Frame.HEADER_BYTES + length) && Frame.isIntact(window, at(at), header.salt());
  }

  private int at(long place) {
    return (int) (place - windowStart);
  }

  /** Makes the window hold these bytes; false if the file or the limit ends before. */
  private boolean holds(long from, int count) throws IOException {
    if (from >= windowStart && from + count <= windowStart + window.limit()) {
      return true;
    }
    if (from + count > limit) {
      return false;
    }
    if (count > window.capacity()) {
      window = ByteBuffer.allocateDirect(count);
    }
    window.clear();
    windowStart = from;
    long fileOffset = from - header.base();
    while (window.hasRemaining()) {
      int read = channel.read(window, fileOffset + window.position());
      if (read < 0) {
        break;
      }
    }
    window.flip();
    return window.limit() >= count;
  }
}
