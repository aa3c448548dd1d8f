package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Owned by the main thread. What the disk itself allows: one writer, batches, fdatasync each. */
@Command(
    name = "disk",
    mixinStandardHelpOptions = true,
    description = {
      "Writes batches of messages to one file and syncs after each: the disk's own limit.",
      "A batch is what a server with that many requests in flight can sync at once."
    })
final class DiskCommand implements Callable<Integer> {
  private static final long FILE_BYTES = 1L << 30;

  @Option(
      names = "--folder",
      description = "Where to write; the file is deleted afterwards (${DEFAULT-VALUE}).",
      defaultValue = ".")
  private Path folder = Path.of(".");

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description = "Bytes of each message (${DEFAULT-VALUE}).",
      defaultValue = "1024")
  private int size;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Messages in each batch (${DEFAULT-VALUE}).",
      defaultValue = "512")
  private int inFlight;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long to measure (${DEFAULT-VALUE}).",
      defaultValue = "5")
  private int seconds;

  @Option(
      names = "--preallocated",
      description =
          "Write into a file filled with zeros before, as a log of recycled segments does.")
  private boolean isPreallocated;

  @Override
  public Integer call() throws IOException {
    Path file = Files.createTempFile(folder, "rivulet-bench-disk", ".bin");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      if (isPreallocated) {
        fill(channel);
      }
      System.out.println(measure(channel));
      return 0;
    } finally {
      Files.delete(file);
    }
  }

  private JsonObject measure(FileChannel channel) throws IOException {
    byte[] bytes = new byte[Math.multiplyExact(size, inFlight)];
    new SplittableRandom(1).nextBytes(bytes);
    ByteBuffer batch = ByteBuffer.allocateDirect(bytes.length).put(bytes);
    Histogram latencyNanos = new Histogram(3);
    long begin = System.nanoTime();
    long end = begin + Duration.ofSeconds(seconds).toNanos();
    long position = 0;
    long batches = 0;
    long now = begin;
    while (now < end) {
      batch.flip();
      while (batch.hasRemaining()) {
        position += channel.write(batch, position);
      }
      channel.force(false);
      position = position + bytes.length > FILE_BYTES ? 0 : position;
      long after = System.nanoTime();
      latencyNanos.recordValue(after - now);
      now = after;
      batches++;
    }
    JsonObject line = new JsonObject();
    line.addProperty("case", "disk");
    line.addProperty("size", size);
    line.addProperty("inFlight", inFlight);
    line.addProperty("preallocated", isPreallocated);
    CaseOptions.merge(
        line, new LoadResult(batches, 0, now - begin, latencyNanos, "").json(inFlight));
    return line;
  }

  private static void fill(FileChannel channel) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect(4 << 20);
    for (long position = 0; position < FILE_BYTES; position += zeros.capacity()) {
      zeros.clear();
      channel.write(zeros, position);
    }
    channel.force(true);
  }
}
