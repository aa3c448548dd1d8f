package io.rivulet.storage.log;

import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.log.CommitLogContractTest;
import io.rivulet.testkit.log.RecordingListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** What tests of log folders share: small logs, images of a folder as a crash leaves it, damage. */
final class LogFolders {
  static final int SEGMENT_BYTES = 64 << 10;

  private LogFolders() {}

  static LogConfig config(Path folder) {
    return LogConfig.defaults(folder)
        .withSegmentBytes(SEGMENT_BYTES)
        .withHotTailBytes(SEGMENT_BYTES)
        .withRoom(SEGMENT_BYTES, 0);
  }

  static FileLog started(Path folder) throws IOException {
    FileLog log = FileLog.open(config(folder), Clock.system());
    log.start(new RecordingListener());
    return log;
  }

  static long append(FileLog log, String text) {
    return log.append(CommitLogContractTest.buffer(text), Urgency.NORMAL, true);
  }

  static long appendSynced(FileLog log, String text) throws IOException {
    long base = append(log, text);
    log.sync(log.end());
    return base;
  }

  /** Opens a folder, reads all batches and closes it as a kill would: without a mark. */
  static List<String> contents(Path folder) throws IOException {
    try (FileLog log = FileLog.open(config(folder), Clock.system())) {
      return CommitLogContractTest.contents(log);
    }
  }

  /** A copy of the folder of a running log: what is found when the process is killed now. */
  static Path image(Path folder, Path target) throws IOException {
    Files.createDirectories(target);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".log") || name.equals("bounds")) {
          Files.copy(file, target.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    return target;
  }

  static List<Path> segmentFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(SegmentFile::isSegment).sorted().toList();
    }
  }

  static void flipBit(Path file, long offset) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, offset);
      channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 4)}), offset);
    }
  }

  static void truncate(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  /** Overwrites the end of a file with zeros, as blocks that never reached the disk read. */
  static void blank(Path file, long from) throws IOException {
    long size = Files.size(file);
    truncate(file, from);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate((int) (size - from)), from);
    }
  }
}
