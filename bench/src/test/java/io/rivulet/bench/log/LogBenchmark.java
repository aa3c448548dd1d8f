package io.rivulet.bench.log;

import com.google.gson.JsonObject;
import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.log.LogListener;
import io.rivulet.engine.time.Clock;
import io.rivulet.storage.log.Durability;
import io.rivulet.storage.log.FileLog;
import io.rivulet.storage.log.LogConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Appends of 1 KiB to the file log with 1, 64 and 512 in flight, each beside the disk's own limit:
 * the same bytes in the same pieces, written and synced to files of the same kind, in the same run.
 * One JSON line per case.
 *
 * <p>Arguments: the folder to write to, milliseconds per round, mode ({@code fsync} or {@code
 * interval}), trim ({@code trim}: the log is trimmed as it grows, so that its segments are
 * recycled).
 */
public final class LogBenchmark {
  private static final int MESSAGE_BYTES = 1024;
  private static final int ROUNDS = 9;
  private static final int KIND_PIECES = 200;
  private static final int KIND_ROUNDS = 5;
  private static final int[] IN_FLIGHT = {1, 64, 512};
  private static final long SEGMENT_BYTES = 64 << 20;
  private static final long TRIM_DISTANCE_BYTES = SEGMENT_BYTES;

  private final Path folder;
  private final long roundNanos;
  private final Durability durability;
  private final boolean isTrimmed;

  private LogBenchmark(Path folder, long roundNanos, Durability durability, boolean isTrimmed) {
    this.folder = folder;
    this.roundNanos = roundNanos;
    this.durability = durability;
    this.isTrimmed = isTrimmed;
  }

  /** What one round of appends did. */
  private record Round(long appends, long nanos, long cpuNanos, List<Integer> pieces) {}

  /** Remembers how far the log is durable and in which pieces it got there. */
  private static final class Pieces implements LogListener {
    private final Thread appender = Thread.currentThread();
    private final List<Integer> sizes = new ArrayList<>();
    private volatile long durable;
    private volatile boolean isBroken;

    @Override
    public void written(long end) {}

    @Override
    public void durable(long end) {
      sizes.add((int) (end - durable));
      durable = end;
      LockSupport.unpark(appender);
    }

    @Override
    public void failed(Throwable cause) {
      isBroken = true;
      LockSupport.unpark(appender);
    }
  }

  public static void main(String[] arguments) throws IOException {
    Path parent = Path.of(arguments.length > 0 ? arguments[0] : "target");
    long millis = arguments.length > 1 ? Long.parseLong(arguments[1]) : 700;
    boolean isInterval = arguments.length > 2 && arguments[2].equals("interval");
    boolean isTrimmed = arguments.length > 3 && arguments[3].equals("trim");
    Files.createDirectories(parent);
    LogBenchmark benchmark =
        new LogBenchmark(
            Files.createTempDirectory(parent, "log-benchmark"),
            TimeUnit.MILLISECONDS.toNanos(millis),
            isInterval ? Durability.INTERVAL : Durability.FSYNC,
            isTrimmed);
    for (int inFlight : IN_FLIGHT) {
      System.out.println(benchmark.run(inFlight));
      System.out.println(benchmark.compareFileKinds(inFlight));
    }
    deleteAll(benchmark.folder);
  }

  private JsonObject run(int inFlight) throws IOException {
    Path logFolder = Files.createTempDirectory(folder, "log");
    DiskLimit disk = new DiskLimit(folder);
    List<Round> rounds = new ArrayList<>();
    List<Long> limits = new ArrayList<>();
    try (FileLog log =
        FileLog.open(LogConfig.defaults(logFolder).withDurability(durability), Clock.system())) {
      Pieces pieces = new Pieces();
      log.start(pieces);
      warmUp(log, pieces);
      for (int i = 0; i < ROUNDS; i++) {
        rounds.add(round(log, pieces, inFlight));
        limits.add(
            disk.nanosFor(
                rounds.getLast().pieces,
                isTrimmed ? DiskLimit.FileKind.RECYCLED : DiskLimit.FileKind.ZERO_FILLED));
      }
    } finally {
      deleteAll(logFolder);
    }
    return line(inFlight, rounds, limits);
  }

  /** What it matters to the disk whether a file grows, was filled with zeros or is used again. */
  private JsonObject compareFileKinds(int inFlight) throws IOException {
    DiskLimit disk = new DiskLimit(folder);
    List<Integer> pieces = Collections.nCopies(KIND_PIECES, inFlight * MESSAGE_BYTES);
    JsonObject line = new JsonObject();
    line.addProperty("case", "disk-file-kinds");
    line.addProperty("pieceBytes", inFlight * MESSAGE_BYTES);
    for (DiskLimit.FileKind kind : DiskLimit.FileKind.values()) {
      List<Long> nanos = new ArrayList<>();
      for (int i = 0; i < KIND_ROUNDS; i++) {
        nanos.add(disk.nanosFor(pieces, kind));
      }
      nanos.sort(Comparator.naturalOrder());
      double median = nanos.get(nanos.size() / 2);
      line.addProperty(kind.name(), Math.round(KIND_PIECES * 1e9 / median));
    }
    line.addProperty("unit", "write + fdatasync per second, median");
    return line;
  }

  private JsonObject line(int inFlight, List<Round> rounds, List<Long> limits) {
    double appends = rounds.stream().mapToLong(Round::appends).sum();
    double nanos = rounds.stream().mapToLong(Round::nanos).sum();
    double cpuNanos = rounds.stream().mapToLong(Round::cpuNanos).sum();
    double pieces = rounds.stream().mapToInt(round -> round.pieces.size()).sum();
    double diskNanos = limits.stream().mapToLong(limit -> limit).sum();
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < rounds.size(); i++) {
      ratios.add((double) limits.get(i) / rounds.get(i).nanos);
    }
    ratios.sort(Comparator.naturalOrder());
    JsonObject line = new JsonObject();
    line.addProperty("case", "log-append");
    line.addProperty("mode", durability.name());
    line.addProperty("segments", isTrimmed ? "recycled" : "zero-filled");
    line.addProperty("bytes", MESSAGE_BYTES);
    line.addProperty("inFlight", inFlight);
    line.addProperty("appendsPerSecond", Math.round(appends * 1e9 / nanos));
    line.addProperty("diskAppendsPerSecond", Math.round(appends * 1e9 / diskNanos));
    line.addProperty("ratioMedian", hundredths(ratios.get(ratios.size() / 2)));
    line.addProperty("ratioLowest", hundredths(ratios.getFirst()));
    line.addProperty("ratioHighest", hundredths(ratios.getLast()));
    line.addProperty("syncsPerSecond", Math.round(pieces * 1e9 / nanos));
    line.addProperty("appendsPerSync", hundredths(appends / pieces));
    line.addProperty("cpuMicrosPerAppend", hundredths(cpuNanos / 1_000 / appends));
    return line;
  }

  /** Appends until files are opened, code is compiled and, when trimmed, files are recycled. */
  private void warmUp(FileLog log, Pieces pieces) throws IOException {
    long start = log.end();
    while (log.end() - start < (isTrimmed ? 6 : 1) * SEGMENT_BYTES) {
      append(log, pieces, 512, TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private Round round(FileLog log, Pieces pieces, int inFlight) throws IOException {
    pieces.sizes.clear();
    long cpuBefore = cpuNanos();
    long start = System.nanoTime();
    long appends = append(log, pieces, inFlight, roundNanos);
    long nanos = System.nanoTime() - start;
    return new Round(appends, nanos, cpuNanos() - cpuBefore, List.copyOf(pieces.sizes));
  }

  private static double hundredths(double value) {
    return Math.round(100 * value) / 100.0;
  }

  /** Keeps the given number of appends in flight; returns when all are durable. */
  private long append(FileLog log, Pieces pieces, int inFlight, long forNanos) throws IOException {
    ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    long[] ends = new long[inFlight];
    long appended = 0;
    long completed = 0;
    long deadline = System.nanoTime() + forNanos;
    while (System.nanoTime() < deadline || completed < appended) {
      while (completed < appended && ends[(int) (completed % inFlight)] <= pieces.durable) {
        completed++;
      }
      if (appended - completed < inFlight && System.nanoTime() < deadline) {
        long base = log.append(message.clear(), Urgency.NORMAL, true);
        ends[(int) (appended % inFlight)] = base + MESSAGE_BYTES;
        appended++;
      } else if (completed < appended
          && ends[(int) (completed % inFlight)] > pieces.durable
          && !pieces.isBroken) {
        LockSupport.park();
      }
      if (isTrimmed && appended % 4096 == 0) {
        log.trim(log.end() - TRIM_DISTANCE_BYTES);
      }
    }
    return appended;
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
