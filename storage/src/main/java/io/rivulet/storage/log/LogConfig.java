package io.rivulet.storage.log;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Immutable. The settings of the file log.
 *
 * @param folder where the segment files lie; nothing else may be in it
 * @param durability what an acknowledged message survives; {@code INTERVAL} for speed where the
 *     loss of the last moments at a power loss is acceptable
 * @param syncInterval the longest time that written bytes stay unsynced, 1 ms to 1 min; in mode
 *     {@code FSYNC} it concerns only what nobody waits for
 * @param segmentBytes size of a segment file, 4 KiB to 1 GiB, a multiple of 4 KiB; retention frees
 *     room in units of it
 * @param hotTailBytes memory for the newest bytes of the log, outside the heap, 16 KiB to 1 GiB;
 *     larger where consumers are often further behind and the disk is slow
 * @param reserveBytes room that is kept for acknowledgements and reclaim when the disk is full, 0
 *     to 64 GiB
 * @param minFreeBytes free room on the disk below which it counts as full, so that the index can
 *     still be written, 0 to 1 TiB
 */
public record LogConfig(
    Path folder,
    Durability durability,
    Duration syncInterval,
    int segmentBytes,
    int hotTailBytes,
    long reserveBytes,
    long minFreeBytes) {

  private static final int KIB = 1 << 10;
  private static final int GIB = 1 << 30;
  private static final int MAX_BATCH_BYTES = 16 << 20;

  public LogConfig {
    check("log.segment-bytes", segmentBytes, 4 * KIB, GIB);
    if (segmentBytes % (4 * KIB) != 0) {
      throw new IllegalArgumentException(
          "log.segment-bytes is %d; it must be a multiple of 4096".formatted(segmentBytes));
    }
    check("log.hot-tail-bytes", hotTailBytes, 16 * KIB, GIB);
    check("log.reserve-bytes", reserveBytes, 0, 64L * GIB);
    check("log.min-free-bytes", minFreeBytes, 0, 1024L * GIB);
    if (syncInterval.compareTo(Duration.ofMillis(1)) < 0
        || syncInterval.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException(
          "log.sync-interval is %s; it must be between 1 ms and 1 min".formatted(syncInterval));
    }
  }

  public static LogConfig defaults(Path folder) {
    return new LogConfig(
        folder,
        Durability.FSYNC,
        Duration.ofMillis(200),
        64 << 20,
        32 << 20,
        64L << 20,
        128L << 20);
  }

  public LogConfig withDurability(Durability newDurability) {
    return new LogConfig(
        folder,
        newDurability,
        syncInterval,
        segmentBytes,
        hotTailBytes,
        reserveBytes,
        minFreeBytes);
  }

  public LogConfig withSegmentBytes(int newSegmentBytes) {
    return new LogConfig(
        folder,
        durability,
        syncInterval,
        newSegmentBytes,
        hotTailBytes,
        reserveBytes,
        minFreeBytes);
  }

  public LogConfig withHotTailBytes(int newHotTailBytes) {
    return new LogConfig(
        folder,
        durability,
        syncInterval,
        segmentBytes,
        newHotTailBytes,
        reserveBytes,
        minFreeBytes);
  }

  public LogConfig withRoom(long newReserveBytes, long newMinFreeBytes) {
    return new LogConfig(
        folder,
        durability,
        syncInterval,
        segmentBytes,
        hotTailBytes,
        newReserveBytes,
        newMinFreeBytes);
  }

  public LogConfig withSyncInterval(Duration newSyncInterval) {
    return new LogConfig(
        folder,
        durability,
        newSyncInterval,
        segmentBytes,
        hotTailBytes,
        reserveBytes,
        minFreeBytes);
  }

  /** The largest batch that fits a segment and, twice, the hot tail. */
  int maxBatchBytes() {
    int inSegment = segmentBytes - SegmentHeader.BYTES - Frame.HEADER_BYTES;
    int inTail = hotTailBytes / 2 - Frame.HEADER_BYTES - Frame.ALIGNMENT;
    return Math.min(MAX_BATCH_BYTES, Math.min(inSegment, inTail));
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; it must be between %d and %d".formatted(name, value, min, max));
    }
  }
}
