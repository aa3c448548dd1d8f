package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.cluster.ledger.LedgerStore.Writer;
import io.rivulet.cluster.ledger.RecentEntries.Entry;
import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.log.LogListener;
import io.rivulet.engine.log.TrimmedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: appends go through the lock of {@link LedgerWriting}, readers look at
 * volatile snapshots. The commit log of a shard in replicated ledgers.
 *
 * <p><b>Positions.</b> A batch is one entry of a ledger. Entries are counted through the whole log,
 * over all its ledgers; the position is the entry's number and the byte in it, see {@link
 * Positions}. So positions have wide gaps, and differences of them are no sizes.
 *
 * <p><b>Owning.</b> {@link #open} makes this node the owner: it fences the last ledger, so that no
 * former owner can append any more, makes a new one, and names it in the shard's record by
 * compare-and-set, which only one of several can do. What happens to the log later is written into
 * the record the same way; the first change that fails ends the log, see {@link OwnedRecord}.
 *
 * <p><b>Written and durable</b> are the same here: enough nodes have synced the batch. Only then
 * may anybody be told of it, for what is recovered by the next owner is at least that.
 */
public final class LedgerLog implements CommitLog {
  /** Reads are tried so often if the storage nodes do not answer. */
  private static final int READ_ATTEMPTS = 3;

  private static final int READ_AHEAD = 16;
  private static final int LARGE_BYTES = 32 << 10;
  private static final Duration READ_PAUSE = Duration.ofMillis(300);
  private static final long REPLAY_BYTES = 2L << 20;
  private static final long MAX_REPLAY_ENTRIES = 1000;

  private final Surroundings around;
  private final OwnedRecord owned;
  private final LedgerWriting writing;
  private final EntryQueue entries;
  private final LedgerReads reads;

  LedgerLog(
      LedgerLogConfig config,
      Surroundings around,
      OwnedRecord owned,
      List<LogPart> parts,
      Writer writer,
      long end) {
    this.around = around;
    this.owned = owned;
    writing = new LedgerWriting(config, around, owned, parts, writer, end);
    entries = writing.entries();
    reads = new LedgerReads(around.ledgers());
  }

  /**
   * Takes the log of a shard over from whoever had it, and opens it.
   *
   * @param found the shard's record as it was read after the shard was claimed
   * @param owner the name of this node
   * @return the log; fails with {@link OwnedRecord.LostException} if somebody else was faster, and
   *     with {@link LedgerException} if the ledgers cannot be reached: then nothing has changed but
   *     that a former owner may be fenced
   */
  public static CompletableFuture<LedgerLog> open(
      LedgerLogConfig config, Surroundings around, ShardRecords.Versioned found, String owner) {
    return new TakeOver(config, around, found, owner).log();
  }

  /** Whether a log ended since somebody else owns the shard by now. */
  public static boolean wasFenced(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof OwnedRecord.LostException
          || (cause instanceof LedgerException ledger && ledger.reason() == Reason.FENCED)) {
        return true;
      }
    }
    return false;
  }

  /** The shard's record, through which all that this node changes of it must go. */
  public OwnedRecord owned() {
    return owned;
  }

  /** How many nodes hold what is appended now; fewer than three: degraded. */
  public int copies() {
    return writing.writer().copies();
  }

  /** Whether a node that should hold what is appended now does not run. */
  public boolean isMissingNode() {
    return writing.writer().isMissingNode();
  }

  /** How many ledgers of the log are held by fewer nodes than they should be, or may be. */
  public int thinLedgers() {
    return writing.parts().thin().size() + (writing.writer().isThin() ? 1 : 0);
  }

  /** The ledgers that it is made of, the one that is being written included. */
  public int ledgers() {
    return writing.parts().all().size();
  }

  /** Bytes of all its entries. */
  public long sizeBytes() {
    return writing.parts().all().stream().mapToLong(LogPart::sizeBytes).sum();
  }

  /** How long nothing could be written; zero: it can be. */
  public Duration heldFor() {
    return writing.heldFor();
  }

  @Override
  public void start(LogListener listener) {
    writing.start(listener);
  }

  @Override
  public long head() {
    for (LogPart part : writing.parts().all()) {
      if (!part.isEmpty()) {
        return Positions.of(part.first());
      }
    }
    return end();
  }

  @Override
  public long end() {
    return entries.endPosition();
  }

  @Override
  public long bytesBetween(long from, long to) {
    return writing.parts().bytesBetween(from, to);
  }

  @Override
  public long durableEnd() {
    return entries.acknowledgements().end();
  }

  @Override
  public long syncedEnd() {
    return entries.acknowledgements().end();
  }

  @Override
  public boolean hasRoomFor(int payloadBytes, Urgency urgency) {
    return writing.hasRoomFor(payloadBytes, urgency);
  }

  @Override
  public Optional<String> whyNotNow() {
    if (around.ledgers().writableNodes() < 2) {
      return Optional.of("fewer than two storage nodes take entries");
    }
    if (!writing.heldFor().isZero()) {
      return Optional.of("storage takes nothing of this shard now, or it has another owner");
    }
    return around.ledgers().isNearlyFull()
        ? Optional.empty()
        : Optional.of("too much waits for the storage nodes");
  }

  /** By fencing: this owner hears of it when it writes next. */
  @Override
  public boolean canBeTakenOver() {
    return true;
  }

  @Override
  public boolean wasTakenOver(Throwable failure) {
    return wasFenced(failure);
  }

  @Override
  public long unwrittenBytes() {
    return entries.unacknowledgedBytes();
  }

  /**
   * As the port says, but that it never fails for lack of room: a batch that was let in before the
   * storage nodes went away waits for them.
   */
  @Override
  public long append(ByteBuffer payload, Urgency urgency, boolean awaited) {
    return writing.append(payload);
  }

  @Override
  public int maxBatchBytes() {
    return Positions.MAX_ENTRY_BYTES;
  }

  @Override
  public ByteBuffer read(long position, int length) throws IOException {
    checkBelowEnd(position, length);
    return kept(stretch(await(fetch(Positions.indexOf(position))), position, length));
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    checkBelowEnd(position, target.remaining());
    target.put(stretch(await(fetch(Positions.indexOf(position))), position, target.remaining()));
  }

  @Override
  public ByteBuffer[] readAll(long[] positions, int[] lengths) throws IOException {
    ByteBuffer[] all = new ByteBuffer[positions.length];
    ArrayDeque<Fetch> ahead = new ArrayDeque<>(READ_AHEAD);
    int begun = 0;
    for (int i = 0; i < all.length; i++) {
      // Some of what comes next is under way while this one is waited for.
      for (; begun < all.length && ahead.size() < READ_AHEAD; begun++) {
        checkBelowEnd(positions[begun], lengths[begun]);
        long index = Positions.indexOf(positions[begun]);
        Fetch last = ahead.peekLast();
        ahead.add(last != null && last.index == index ? last : fetch(index));
      }
      all[i] = kept(stretch(await(ahead.remove()), positions[i], lengths[i]));
    }
    return all;
  }

  @Override
  public void replay(long from, BatchVisitor visitor) throws IOException {
    long limit = Positions.indexFrom(entries.acknowledgements().end());
    for (LogPart part : writing.parts().all()) {
      long first = Math.max(Positions.indexFrom(from), part.first());
      long end = Math.min(part.end(), limit);
      if (first < end) {
        replay(part, first, end, visitor);
      }
    }
  }

  @Override
  public void sync(long position) throws IOException {
    CompletableFuture<Void> reached =
        entries.acknowledgements().reach(Math.min(position, entries.endPosition()));
    around.waiting().until(reached);
    if (reached.isCompletedExceptionally()) {
      throw new IOException(
          "not everything below %d is acknowledged, only what is below %d"
              .formatted(position, durableEnd()),
          LedgerException.causeOf(reached.exceptionNow()));
    }
  }

  @Override
  public List<Segment> segments() {
    return writing.parts().segments(end());
  }

  /** As the port says; the ledgers themselves go a little later. */
  @Override
  public void trim(long before) {
    writing.trim(before).forEach(reads::forget);
  }

  @Override
  public long seal() {
    return writing.seal();
  }

  /** Lets the shard go in order: {@link #closeInOrder}, waited for. */
  @Override
  public void close() {
    around.waiting().until(closeInOrder());
  }

  /**
   * Writes what was appended, ends the last ledger, and lets the shard's record say that nobody
   * owns it, as far as that can be done in a few seconds.
   */
  public CompletableFuture<Void> closeInOrder() {
    return writing.close().thenRun(reads::close);
  }

  /** Ends the log as it is, at once: for an owner who is none any more. */
  public void abandon() {
    writing.abandon();
    reads.close();
  }

  // ---- reading

  /** An entry that is in memory, or on its way. */
  private record Fetch(long index, long ledgerId, CompletableFuture<ByteBuffer> entry) {}

  private void checkBelowEnd(long position, int length) {
    if (length < 0 || position < 0 || position + length > end()) {
      throw new IllegalArgumentException(
          "position %d length %d is not inside a batch; the log ends at %d"
              .formatted(position, length, end()));
    }
  }

  private static ByteBuffer stretch(ByteBuffer entry, long position, int length) {
    int from = Positions.inEntry(position);
    if (from + length > entry.remaining()) {
      throw new IllegalArgumentException(
          "position %d length %d is not inside its batch, which has %d bytes"
              .formatted(position, length, entry.remaining()));
    }
    return entry.slice(entry.position() + from, length);
  }

  /** For readers who keep it: a small stretch shall not hold a large batch in memory. */
  private static ByteBuffer kept(ByteBuffer stretch) {
    return stretch.remaining() > LARGE_BYTES
        ? stretch
        : ByteBuffer.allocate(stretch.remaining()).put(stretch).flip().asReadOnlyBuffer();
  }

  private Fetch fetch(long index) throws IOException {
    checkRetained(index);
    Entry recent = entries.recent(index);
    if (recent != null) {
      return new Fetch(
          index, ShardRecord.UNKNOWN, CompletableFuture.completedFuture(recent.buffer()));
    }
    LogPart part = part(index);
    return new Fetch(index, part.ledgerId(), reads.entry(part, index));
  }

  private void checkRetained(long index) throws TrimmedException {
    if (index < writing.parts().all().getFirst().first()) {
      throw new TrimmedException(Positions.of(index), head());
    }
  }

  private LogPart part(long index) throws IOException {
    checkRetained(index);
    List<LogPart> parts = writing.parts().all();
    int low = 0;
    int high = parts.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (parts.get(middle).first() <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    LogPart found = parts.get(low);
    if (index >= found.end()) {
      throw new IllegalArgumentException(
          "there is no batch at position %d; the log ends at %d"
              .formatted(Positions.of(index), end()));
    }
    return found;
  }

  private ByteBuffer await(Fetch first) throws IOException {
    Fetch fetch = first;
    for (int attempt = 1; ; attempt++) {
      @Nullable LedgerException failure = failureOf(fetch.entry);
      if (failure == null) {
        return fetch.entry.join();
      }
      long index = fetch.index;
      // Removed meanwhile, or in another ledger?
      LogPart part = part(index);
      if (failure.reason() == Reason.NOT_FOUND && part.ledgerId() == fetch.ledgerId) {
        throw new CorruptLogException(
            "the batch at position %d is missing in ledger %d: %s"
                .formatted(Positions.of(index), part.ledgerId(), failure.getMessage()));
      }
      if (attempt == READ_ATTEMPTS) {
        throw failure;
      }
      pause();
      fetch = fetch(index);
    }
  }

  private @Nullable LedgerException failureOf(CompletableFuture<?> future) {
    if (!future.isDone()) {
      around.waiting().until(future);
    }
    return future.isCompletedExceptionally() ? LedgerException.of(future.exceptionNow()) : null;
  }

  private void pause() {
    CompletableFuture<Void> over = new CompletableFuture<>();
    around.timer().after(READ_PAUSE, () -> over.complete(null));
    around.waiting().until(over);
  }

  private void replay(LogPart part, long first, long end, BatchVisitor visitor) throws IOException {
    long averageBytes = Math.max(1, part.sizeBytes() / (part.end() - part.first()));
    long step = Math.clamp(REPLAY_BYTES / averageBytes, 1, MAX_REPLAY_ENTRIES);
    CompletableFuture<List<ByteBuffer>> ahead = read(part, first, step, end);
    for (long from = first; from < end; from += step) {
      CompletableFuture<List<ByteBuffer>> current = ahead;
      if (from + step < end) {
        ahead = read(part, from + step, step, end);
      }
      for (int attempt = 1; ; attempt++) {
        @Nullable LedgerException failure = failureOf(current);
        if (failure == null) {
          break;
        }
        if (attempt == READ_ATTEMPTS) {
          throw failure;
        }
        pause();
        current = read(part(from), from, step, end);
      }
      long index = from;
      for (ByteBuffer batch : current.join()) {
        visitor.visit(Positions.of(index++), batch);
      }
    }
  }

  private CompletableFuture<List<ByteBuffer>> read(LogPart part, long from, long count, long end) {
    return reads.entries(part, from, Math.min(from + count, end) - 1);
  }
}
