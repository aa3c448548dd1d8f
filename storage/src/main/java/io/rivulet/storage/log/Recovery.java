package io.rivulet.storage.log;

import io.rivulet.engine.log.CorruptLogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the thread that opens the log. Finds out what a folder holds, and tells a torn tail,
 * which is cut, from damage to what was acknowledged, which is refused.
 *
 * <p>Only the headers of all segments and the frames of the last one are read: a change to the next
 * segment syncs the one before, so only the last can be torn. In it, the first frame that is not
 * intact ends the log, unless an intact frame behind it says that the log was synced beyond that
 * point when it was written: then something that was acknowledged is damaged.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final int ZEROS_BYTES = 1 << 20;

  private final Disk disk;
  private final Path folder;
  private final Bounds bounds;

  Recovery(Disk disk, Path folder, Bounds bounds) {
    this.disk = disk;
    this.folder = folder;
    this.bounds = bounds;
  }

  /** The segments of the log, oldest first, whole and synced; none in a new folder. */
  List<SegmentFile> recover(List<Path> files) throws IOException {
    List<Path> found = new ArrayList<>(files);
    Bounds.Range range = bounds.range();
    finishTrim(found, range);
    if (found.isEmpty()) {
      if (range.isKnown()) {
        throw missing(range.last());
      }
      return List.of();
    }
    List<SegmentFile> segments = new ArrayList<>();
    for (Path file : found) {
      segments.add(readHeader(file));
    }
    checkEnds(segments, range);
    for (int i = 1; i < segments.size(); i++) {
      join(segments.get(i - 1), segments.get(i));
    }
    recoverTail(segments.getLast());
    Bounds.Range actual = new Bounds.Range(segments.getFirst().base(), segments.getLast().base());
    if (!actual.equals(range)) {
      bounds.set(actual);
    }
    return segments;
  }

  /** Removes what a trim had already taken from the log when the process died. */
  private void finishTrim(List<Path> files, Bounds.Range range) throws IOException {
    while (!files.isEmpty() && SegmentFile.baseOf(files.getFirst()) < range.first()) {
      LOG.info("Removing {}, which was trimmed before the last stop.", files.getFirst());
      Files.delete(files.removeFirst());
    }
  }

  private SegmentFile readHeader(Path file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(SegmentHeader.BYTES);
    try (FileChannel channel = disk.open(file, StandardOpenOption.READ)) {
      while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) >= 0) {
        // Reads until the header is complete or the file ends.
      }
    }
    long base = SegmentFile.baseOf(file);
    SegmentHeader header =
        SegmentHeader.decode(buffer.flip())
            .filter(decoded -> decoded.base() == base)
            .orElseThrow(() -> damaged(base, file, "its header is not what was written"));
    return new SegmentFile(header, folder, null);
  }

  private void checkEnds(List<SegmentFile> segments, Bounds.Range range) throws IOException {
    if (!range.isKnown()) {
      LOG.warn(
          "The file {} is missing or damaged and is written anew: whether segments are missing at"
              + " either end of the log cannot be checked this time.",
          folder.resolve("bounds"));
    } else if (segments.getFirst().base() != range.first()) {
      throw missing(range.first());
    } else if (segments.getLast().base() < range.last()) {
      throw missing(range.last());
    }
  }

  private void join(SegmentFile before, SegmentFile after) throws IOException {
    SegmentHeader header = after.header();
    if (header.previousBase() != before.base() || before.limit() != after.base()) {
      throw missing(header.previousBase());
    }
    long size = Files.size(before.file());
    if (size != before.header().sizeBytes()) {
      throw damaged(
          before.base() + size,
          before.file(),
          "it has %d bytes instead of %d".formatted(size, before.header().sizeBytes()));
    }
    before.grow(header.previousEnd(), header.previousAppendMillis());
    before.follow(after);
  }

  private void recoverTail(SegmentFile segment) throws IOException {
    try (FileChannel channel =
        disk.open(segment.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      restoreSize(segment, channel);
      FrameScanner scanner = new FrameScanner(channel, segment.header(), segment.limit());
      long tail = scanner.position();
      Frame frame = scanner.next();
      while (frame != null && frame.kind() == Frame.Kind.BATCH) {
        segment.grow(frame.end(), frame.appendMillis());
        tail = scanner.position();
        frame = scanner.next();
      }
      cut(segment, channel, tail, scanner.searchFrom(scanner.position()), scanner.position());
      channel.force(false);
    }
  }

  /** Clears what lies behind the last intact batch, so that it can never be taken for a frame. */
  private void cut(
      SegmentFile segment, FileChannel channel, long tail, FrameScanner.Remains remains, long from)
      throws IOException {
    if (remains.highestSyncedEnd() > tail) {
      throw damaged(
          tail,
          segment.file(),
          "a later batch proves that it had been synced up to " + remains.highestSyncedEnd());
    }
    // Behind the end of a recycled file there are always old bytes: they say nothing.
    long used = segment.header().isRecycled() ? from : remains.lastUsed();
    long cutEnd = Math.max(remains.claimedEnd(), used);
    if (cutEnd > from) {
      LOG.warn(
          "Cut a torn tail of {} bytes at position {} in {}: it was being written when the server"
              + " died, and nothing in it had been acknowledged as synced.",
          cutEnd - tail,
          tail,
          segment.file());
      writeZeros(channel, from - segment.base(), cutEnd - from);
    }
  }

  /** A file that lost its last bytes gets zeros there, so that its blocks are allocated again. */
  private static void restoreSize(SegmentFile segment, FileChannel channel) throws IOException {
    long size = channel.size();
    long wanted = segment.header().sizeBytes();
    if (size < wanted) {
      LOG.warn(
          "{} has {} bytes instead of {}: the missing ones are filled with zeros.",
          segment.file(),
          size,
          wanted);
      writeZeros(channel, size, wanted - size);
    }
  }

  private static void writeZeros(FileChannel channel, long offset, long count) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(count, ZEROS_BYTES));
    long done = 0;
    while (done < count) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), count - done));
      done += channel.write(zeros, offset + done);
    }
  }

  private IOException missing(long base) {
    return new CorruptLogException(
        ("the segment file %s (from position %d on) is missing; put it back from a backup, the log"
                + " cannot be opened without it")
            .formatted(SegmentFile.fileOf(folder, base), base));
  }

  static CorruptLogException damaged(long position, Path file, String why) {
    return new CorruptLogException(
        ("the log is damaged at position %d, in %s: %s; put the file back from a backup, opening it"
                + " like this would lose acknowledged messages")
            .formatted(position, file, why));
  }

  /** What a reader is told when a file of the open log cannot be read. */
  static CorruptLogException unreadable(SegmentFile segment, long position, IOException cause) {
    CorruptLogException corrupt =
        new CorruptLogException(
            "position %d cannot be read from %s: %s"
                .formatted(
                    position,
                    segment.file(),
                    cause instanceof NoSuchFileException
                        ? "the file is missing"
                        : cause.getMessage()));
    corrupt.initCause(cause);
    return corrupt;
  }
}
