package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. Reads files out of ledgers, a bounded number of entries at a time, and
 * compares them with their checksums. Fails with {@link DamagedCheckpointException} if a file is
 * not what was stored, or not there any more.
 */
final class Download implements AutoCloseable {
  private final CheckpointGround ground;
  private final @Nullable Pace pace;
  private final StopSign stop;
  private LedgerStore.@Nullable Reader reader;

  /**
   * Makes one that has read nothing yet.
   *
   * @param pace null: as fast as can be
   */
  Download(CheckpointGround ground, @Nullable Pace pace, StopSign stop) {
    this.ground = ground;
    this.pace = pace;
    this.stop = stop;
  }

  /** Writes a file, which is on the disk when this returns. Best called ledger by ledger. */
  void to(Path target, StoredFile file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            target,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      read(file, channel);
      channel.force(true);
    }
    ground.sums().remember(target, file.crc32c());
  }

  /** Reads a file for its checksum alone. */
  void verify(StoredFile file) throws IOException {
    read(file, null);
  }

  private void read(StoredFile file, @Nullable FileChannel target) throws IOException {
    CRC32C sum = new CRC32C();
    long size = 0;
    try {
      LedgerStore.Reader from = open(file.ledger());
      long end = file.firstEntry() + file.entries();
      if (end - 1 > from.lastEntry()) {
        throw damaged(file, "the ledger ends with entry " + from.lastEntry());
      }
      ArrayDeque<CompletableFuture<List<ByteBuffer>>> inFlight = new ArrayDeque<>();
      long next = file.firstEntry();
      while (next < end || !inFlight.isEmpty()) {
        stop.check();
        while (next < end && inFlight.size() < ground.config().entriesInFlight()) {
          inFlight.add(from.read(next, next));
          next++;
        }
        for (ByteBuffer entry : ground.patience().await(inFlight.remove())) {
          if (pace != null) {
            pace.take(entry.remaining(), ground.patience());
          }
          size += entry.remaining();
          sum.update(entry.duplicate());
          write(entry, target);
        }
      }
    } catch (IOException e) {
      throw Manifests.isGone(e) ? damaged(file, String.valueOf(e.getMessage())) : e;
    }
    if (size != file.sizeBytes() || sum.getValue() != file.crc32c()) {
      throw damaged(file, "it has %d bytes and the CRC32C %08x".formatted(size, sum.getValue()));
    }
  }

  private static void write(ByteBuffer entry, @Nullable FileChannel target) throws IOException {
    while (target != null && entry.hasRemaining()) {
      target.write(entry);
    }
  }

  private LedgerStore.Reader open(long ledger) throws IOException {
    LedgerStore.Reader open = reader;
    if (open != null && open.id() == ledger) {
      return open;
    }
    close();
    LedgerStore.Reader opened = ground.patience().await(ground.ledgers().open(ledger));
    reader = opened;
    return opened;
  }

  private static DamagedCheckpointException damaged(StoredFile file, String found) {
    return new DamagedCheckpointException(
        "the file %s in ledger %d is damaged: %d bytes with the CRC32C %08x were stored, and %s"
            .formatted(file.name(), file.ledger(), file.sizeBytes(), file.crc32c(), found));
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
