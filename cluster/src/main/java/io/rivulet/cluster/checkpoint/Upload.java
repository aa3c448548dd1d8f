package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;

/**
 * Owned by one thread. Fills a new ledger, a bounded number of entries at a time and no faster than
 * the node's pace.
 */
final class Upload {
  private final CheckpointGround ground;
  private final LedgerStore.Writer writer;
  private final StopSign stop;
  private final long lostDisks;
  private final ByteBuffer buffer;
  private final ArrayDeque<CompletableFuture<Long>> inFlight = new ArrayDeque<>();
  private long entries;
  private long sizeBytes;

  /**
   * Makes the ledger.
   *
   * @param lostDisks how many there were by now
   */
  Upload(CheckpointGround ground, LedgerStore.Label label, StopSign stop, long lostDisks)
      throws IOException {
    this.ground = ground;
    this.stop = stop;
    this.lostDisks = lostDisks;
    writer = ground.patience().await(ground.ledgers().create(label));
    buffer = ByteBuffer.allocate(ground.config().entryBytes());
  }

  long ledger() {
    return writer.id();
  }

  /** Adds a file after those that were added before. */
  StoredFile add(Path file) throws IOException {
    final long firstEntry = entries;
    final long before = sizeBytes;
    CRC32C sum = new CRC32C();
    try (FileChannel channel = FileChannel.open(file)) {
      boolean hasMore = true;
      while (hasMore) {
        buffer.clear();
        while (hasMore && buffer.hasRemaining()) {
          hasMore = channel.read(buffer) >= 0;
        }
        sum.update(buffer.flip().duplicate());
        append(buffer);
      }
    }
    ground.sums().remember(file, sum.getValue());
    return new StoredFile(
        file.getFileName().toString(),
        sizeBytes - before,
        sum.getValue(),
        writer.id(),
        firstEntry,
        entries - firstEntry);
  }

  void add(byte[] bytes) throws IOException {
    for (int from = 0; from < bytes.length; from += buffer.capacity()) {
      append(ByteBuffer.wrap(bytes, from, Math.min(buffer.capacity(), bytes.length - from)));
    }
  }

  private void append(ByteBuffer entry) throws IOException {
    stop.check();
    if (!entry.hasRemaining()) {
      return;
    }
    ground.pace().take(entry.remaining(), ground.patience());
    if (inFlight.size() >= ground.config().entriesInFlight()) {
      ground.patience().await(inFlight.remove());
    }
    sizeBytes += entry.remaining();
    entries++;
    inFlight.add(writer.append(entry));
  }

  /** Waits until everything is stored. */
  Manifest.Ledger end() throws IOException {
    while (!inFlight.isEmpty()) {
      ground.patience().await(inFlight.remove());
    }
    ground.patience().await(writer.close());
    return new Manifest.Ledger(
        writer.id(), sizeBytes, writer.isThin() ? Manifest.Ledger.INCOMPLETE : lostDisks);
  }
}
