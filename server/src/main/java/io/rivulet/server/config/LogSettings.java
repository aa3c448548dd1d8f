package io.rivulet.server.config;

import io.rivulet.storage.log.Durability;
import io.rivulet.storage.log.LogConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Immutable. The settings of the file log; the defaults are its own. */
final class LogSettings {
  private static final LogConfig STANDARD = LogConfig.defaults(Path.of("log"));

  static final Setting<Durability> DURABILITY =
      new Setting<>(
          "log.durability",
          new ValueType.Choice<>(Durability.class),
          STANDARD.durability(),
          "What an acknowledged message survives: fsync also power loss, interval only the death of"
              + " the process. Choose interval for speed where losing the last moments at a power"
              + " loss is acceptable.");
  static final Setting<Duration> SYNC_INTERVAL =
      new Setting<>(
          "log.sync-interval",
          new ValueType.Span(Duration.ofMillis(1), Duration.ofMinutes(1)),
          STANDARD.syncInterval(),
          "The longest time that written bytes stay unsynced in mode interval; in mode fsync it"
              + " concerns only what nobody waits for. Shorten it to lose less at a power loss.");
  static final Setting<Long> SEGMENT_BYTES =
      new Setting<>(
          "log.segment-bytes",
          new ValueType.ByteSize(4 << 10, 1 << 30),
          (long) STANDARD.segmentBytes(),
          "Size of a segment file, a multiple of 4KiB; retention frees room in units of it. Lower it"
              + " on a small disk, raise it for fewer files in a large log.");
  static final Setting<Long> HOT_TAIL_BYTES =
      new Setting<>(
          "log.hot-tail-bytes",
          new ValueType.ByteSize(16 << 10, 1 << 30),
          (long) STANDARD.hotTailBytes(),
          "Memory for the newest bytes of the log, outside the heap. Raise it where consumers are"
              + " often further behind and the disk is slow.");
  static final Setting<Long> RESERVE_BYTES =
      new Setting<>(
          "log.reserve-bytes",
          new ValueType.ByteSize(0, 64L << 30),
          STANDARD.reserveBytes(),
          "Room kept for acknowledgements and reclaim when the disk is full, so that consumers can"
              + " still drain. Raise it for very busy consumers.");
  static final Setting<Long> MIN_FREE_BYTES =
      new Setting<>(
          "log.min-free-bytes",
          new ValueType.ByteSize(0, 1L << 40),
          STANDARD.minFreeBytes(),
          "Free room on the disk below which it counts as full and sends are refused, so that the"
              + " index can still be written. Raise it where other programs fill the same disk.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          DURABILITY, SYNC_INTERVAL, SEGMENT_BYTES, HOT_TAIL_BYTES, RESERVE_BYTES, MIN_FREE_BYTES);

  private LogSettings() {}

  static LogConfig from(SettingValues values, Path folder) throws ConfigException {
    try {
      return new LogConfig(
          folder,
          values.get(DURABILITY),
          values.get(SYNC_INTERVAL),
          Math.toIntExact(values.get(SEGMENT_BYTES)),
          Math.toIntExact(values.get(HOT_TAIL_BYTES)),
          values.get(RESERVE_BYTES),
          values.get(MIN_FREE_BYTES));
    } catch (IllegalArgumentException e) {
      throw new ConfigException("the log's settings don't fit: " + e.getMessage());
    }
  }
}
