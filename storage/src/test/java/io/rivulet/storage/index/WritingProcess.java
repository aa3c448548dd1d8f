package io.rivulet.storage.index;

import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A process of its own that writes to an index until it is killed: each write puts its position
 * under one key of several tables, and a row that grows the index. Prints each flushed position.
 */
final class WritingProcess {
  static final Table[] TABLES = {Table.QUEUE, Table.ENTRY, Table.PROGRESS, Table.TOPIC};
  static final byte[] KEY = new byte[16];

  private static final int FLUSH_EVERY = 1_000;
  private static final int ROW_BYTES = 400;

  private WritingProcess() {}

  /** Takes the folder of the index. */
  public static void main(String[] arguments) throws IOException {
    RocksIndex index = RocksIndex.open(config(Path.of(arguments[0])), Long.MAX_VALUE);
    System.out.println(index.position());
    for (long position = index.position() + 1; ; position++) {
      IndexBatch batch = new IndexBatch();
      byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(position).array();
      for (Table table : TABLES) {
        batch.put(table, KEY, value);
      }
      byte[] row = ByteBuffer.allocate(ROW_BYTES).putLong(position).array();
      batch.put(Table.RECENT_ID, value, row);
      index.write(batch, position);
      if (position % FLUSH_EVERY == 0) {
        index.flush();
        System.out.println(position);
      }
    }
  }

  /** Little memory, so that RocksDB flushes by itself as well. */
  static IndexConfig config(Path folder) {
    return new IndexConfig(folder, 8 << 20, 2 << 20);
  }
}
