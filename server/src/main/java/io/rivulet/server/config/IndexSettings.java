package io.rivulet.server.config;

import io.rivulet.storage.index.IndexConfig;
import java.nio.file.Path;
import java.util.List;

/** Immutable. The settings of the index; the defaults are its own. */
final class IndexSettings {
  private static final IndexConfig STANDARD = IndexConfig.defaults(Path.of("index"));

  static final Setting<Long> CACHE_BYTES =
      new Setting<>(
          "index.cache-bytes",
          new ValueType.ByteSize(8 << 20, 64L << 30),
          STANDARD.cacheBytes(),
          "The most memory for blocks read from the index, outside the heap. Raise it where millions"
              + " of queues are used in turn.");
  static final Setting<Long> MEMTABLE_BYTES =
      new Setting<>(
          "index.memtable-bytes",
          new ValueType.ByteSize(1 << 20, 4L << 30),
          STANDARD.memtableBytes(),
          "Memory for what is not flushed yet, outside the heap. Raise it for fewer and larger"
              + " writes.");

  static final List<Setting<?>> SETTINGS = List.of(CACHE_BYTES, MEMTABLE_BYTES);

  private IndexSettings() {}

  static IndexConfig from(SettingValues values, Path folder) {
    return new IndexConfig(folder, values.get(CACHE_BYTES), values.get(MEMTABLE_BYTES));
  }
}
