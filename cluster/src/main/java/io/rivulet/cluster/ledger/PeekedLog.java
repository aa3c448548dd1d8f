package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerStore.Reader;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.LogListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Immutable. The log of a shard that another node owns, as far as it is known to be acknowledged at
 * one moment: to be replayed, and for nothing else. Its owner notices nothing; all that is here is
 * in the log of whoever takes the shard over later.
 */
public final class PeekedLog implements CommitLog {
  private static final int STEP = 256;

  /** A stretch of the log in one ledger, by the indexes of its entries. */
  private record Part(Reader reader, long first, long end) {}

  private final Surroundings around;
  private final ShardRecord shardRecord;
  private final List<Part> parts = new ArrayList<>();
  private long end;

  private PeekedLog(Surroundings around, ShardRecord shardRecord) {
    this.around = around;
    this.shardRecord = shardRecord;
    end = shardRecord.head();
  }

  /**
   * Looks at a log. Blocks.
   *
   * @param shardRecord as it was read just now
   * @throws IOException if something of it can't be had, such as ledgers that were trimmed
   *     meanwhile
   */
  public static PeekedLog open(Surroundings around, ShardRecord shardRecord) throws IOException {
    PeekedLog log = new PeekedLog(around, shardRecord);
    boolean isWhole = false;
    try {
      for (ShardRecord.Ledger ledger : shardRecord.ledgers()) {
        log.add(ledger);
        if (ledger.isOpen()) {
          break; // where the next one begins is not known before this one ends
        }
      }
      log.findEnd();
      isWhole = true;
      return log;
    } finally {
      if (!isWhole) {
        log.close();
      }
    }
  }

  private void add(ShardRecord.Ledger ledger) throws IOException {
    long first = parts.isEmpty() ? Positions.indexFrom(shardRecord.head()) : parts.getLast().end;
    Reader reader =
        await(
            ledger.isOpen()
                ? around.ledgers().peek(ledger.id())
                : around.ledgers().open(ledger.id()));
    parts.add(new Part(reader, first, first + reader.lastEntry() + 1));
  }

  /** The size of the last entry says it. */
  private void findEnd() throws IOException {
    for (Part part : parts.reversed()) {
      if (part.end > part.first) {
        long last = part.end - 1 - part.first;
        int size = await(part.reader.read(last, last)).getFirst().remaining();
        end = Positions.of(part.end - 1) + size;
        return;
      }
    }
  }

  private <T> T await(CompletableFuture<T> future) throws IOException {
    around.waiting().until(future);
    if (future.isCompletedExceptionally()) {
      throw LedgerException.of(future.exceptionNow());
    }
    return future.join();
  }

  @Override
  public void replay(long from, BatchVisitor visitor) throws IOException {
    for (Part part : parts) {
      long index = Math.max(part.first, Positions.indexFrom(from));
      while (index < part.end) {
        long last = Math.min(index + STEP, part.end) - 1;
        for (ByteBuffer batch : await(part.reader.read(index - part.first, last - part.first))) {
          visitor.visit(Positions.of(index), batch);
          index++;
        }
      }
    }
  }

  @Override
  public long head() {
    return shardRecord.head();
  }

  @Override
  public long end() {
    return end;
  }

  @Override
  public long durableEnd() {
    return end;
  }

  @Override
  public long syncedEnd() {
    return end;
  }

  @Override
  public List<Segment> segments() {
    return List.of(new Segment(shardRecord.head(), end, 0, 0));
  }

  @Override
  public void sync(long position) {}

  @Override
  public void close() {
    parts.forEach(part -> part.reader.close());
  }

  // ---- what is not to be done with it

  @Override
  public void start(LogListener listener) {}

  @Override
  public boolean hasRoomFor(int payloadBytes, Urgency urgency) {
    return false;
  }

  @Override
  public long unwrittenBytes() {
    return 0;
  }

  @Override
  public long append(ByteBuffer payload, Urgency urgency, boolean awaited) {
    throw foreign();
  }

  @Override
  public int maxBatchBytes() {
    return Positions.MAX_ENTRY_BYTES;
  }

  @Override
  public ByteBuffer read(long position, int length) {
    throw foreign();
  }

  @Override
  public void read(long position, ByteBuffer target) {
    throw foreign();
  }

  @Override
  public void trim(long before) {
    throw foreign();
  }

  @Override
  public long seal() {
    throw foreign();
  }

  private IllegalStateException foreign() {
    return new IllegalStateException(
        "the log of shard " + shardRecord.shard() + " is another node's; it was only looked at");
  }
}
