package io.rivulet.storage.log;

import io.rivulet.engine.log.CommitLog.Segment;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what changes is volatile and written by the shard thread alone. One segment
 * of the log, from the moment when its base is known; its file may get its name a little later.
 */
final class SegmentFile {
  private static final String SUFFIX = ".log";

  private final SegmentHeader header;
  private final Path file;
  private final @Nullable Path spare;
  private volatile long end;
  private volatile long lastAppendMillis;
  private volatile @Nullable SegmentFile next;

  /**
   * A segment that begins empty.
   *
   * @param spare the file that is to become this segment; null if it already has its name
   */
  SegmentFile(SegmentHeader header, Path folder, @Nullable Path spare) {
    this.header = header;
    this.spare = spare;
    this.file = fileOf(folder, header.base());
    this.end = header.base();
    this.lastAppendMillis = header.previousAppendMillis();
  }

  static Path fileOf(Path folder, long base) {
    return folder.resolve("%020d%s".formatted(base, SUFFIX));
  }

  static boolean isSegment(Path file) {
    return file.getFileName().toString().matches("[0-9]{20}\\.log");
  }

  static long baseOf(Path file) {
    String name = file.getFileName().toString();
    return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
  }

  SegmentHeader header() {
    return header;
  }

  Path file() {
    return file;
  }

  Path spare() {
    return Objects.requireNonNull(spare, "a segment that was found has no spare file");
  }

  long base() {
    return header.base();
  }

  /** Position right after the file's last byte. */
  long limit() {
    return header.base() + header.sizeBytes();
  }

  /** Position right after the last batch; the base when there is none. */
  long end() {
    return end;
  }

  long lastAppendMillis() {
    return lastAppendMillis;
  }

  boolean isEmpty() {
    return end == base();
  }

  /** Where the next frame goes. */
  long nextFrame() {
    return Math.max(Frame.align(end), base() + SegmentHeader.BYTES);
  }

  /** Whether a batch of this size fits behind what is there. */
  boolean fits(int payloadBytes) {
    return nextFrame() + Frame.sizeBytes(payloadBytes) <= limit();
  }

  void grow(long newEnd, long appendMillis) {
    lastAppendMillis = appendMillis;
    end = newEnd;
  }

  @Nullable SegmentFile next() {
    return next;
  }

  void follow(SegmentFile newNext) {
    next = newNext;
  }

  Segment view() {
    return new Segment(base(), end, lastAppendMillis, header.sizeBytes());
  }
}
