package io.rivulet.cluster.ledger;

import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.engine.log.CommitLog.Segment;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: volatile fields, changed under the lock of {@link LedgerWriting}. One
 * ledger of a log. Entries are counted through the whole log: the first one of a part follows the
 * last one of the part before it.
 */
final class LogPart {
  /** Immutable. What is in a part. */
  private record Extent(long end, long sizeBytes, long firstAppendMillis, long lastAppendMillis) {
    Extent with(RecentEntries.Entry entry, boolean isFirst) {
      long millis = entry.appendMillis();
      return new Extent(
          end + 1, sizeBytes + entry.sizeBytes(), isFirst ? millis : firstAppendMillis, millis);
    }
  }

  private final long ledgerId;
  private final long first;
  private volatile Extent extent;
  private volatile boolean isEnded;
  private volatile boolean isThin;
  private volatile LedgerStore.@Nullable Reader live;

  /** A part without entries whose ledger is written from now on. */
  LogPart(long ledgerId, long first, long lastAppendMillis) {
    this.ledgerId = ledgerId;
    this.first = first;
    extent = new Extent(first, 0, lastAppendMillis, lastAppendMillis);
  }

  /** A part whose ledger has ended, as the shard's record describes it. */
  LogPart(ShardRecord.Ledger ended) {
    this(ended.id(), Positions.indexOf(ended.base()), ended.lastAppendMillis());
    cut(first + ended.entries(), ended.sizeBytes(), ended.lastAppendMillis());
    isEnded = true;
    isThin = ended.isThin();
  }

  /** The same part in another ledger, which holds copies of its entries. */
  LogPart copiedTo(long otherLedgerId) {
    ShardRecord.Ledger now = described();
    return new LogPart(
        new ShardRecord.Ledger(
            otherLedgerId,
            now.base(),
            now.lastAppendMillis(),
            now.sizeBytes(),
            now.entries(),
            false));
  }

  long ledgerId() {
    return ledgerId;
  }

  /** Index of its first entry. */
  long first() {
    return first;
  }

  /** The index after its last entry. */
  long end() {
    return extent.end;
  }

  boolean isEmpty() {
    return extent.end == first;
  }

  long sizeBytes() {
    return extent.sizeBytes;
  }

  /** About how many bytes those of its entries have that lie between two indexes. */
  long bytesOf(long from, long to) {
    Extent now = extent;
    long all = now.end - first;
    long count = Math.min(to, now.end) - Math.max(from, first);
    return count <= 0 ? 0 : count == all ? now.sizeBytes : now.sizeBytes / all * count;
  }

  /** When its first entry was appended. */
  long firstAppendMillis() {
    return extent.firstAppendMillis;
  }

  long lastAppendMillis() {
    return extent.lastAppendMillis;
  }

  /** Whether its end is stored with the ledger and will never change. */
  boolean isEnded() {
    return isEnded;
  }

  /** Whether some of its entries may be held by fewer nodes than there should be. */
  boolean isThin() {
    return isThin;
  }

  void setThin() {
    isThin = true;
  }

  /** Reads what is acknowledged of a ledger that has not ended. */
  LedgerStore.@Nullable Reader live() {
    return live;
  }

  void setLive(LedgerStore.Reader reader) {
    live = reader;
  }

  void grow(RecentEntries.Entry entry) {
    extent = extent.with(entry, isEmpty());
  }

  /** Its ledger turned out to hold something else than what was given to it. */
  void cut(long newEnd, long newSizeBytes, long newLastAppendMillis) {
    extent = new Extent(newEnd, newSizeBytes, extent.firstAppendMillis, newLastAppendMillis);
  }

  void ended() {
    isEnded = true;
    LedgerStore.Reader reader = live;
    live = null;
    if (reader != null) {
      reader.close();
    }
  }

  /** The same, after its writer, who may know that too few nodes hold some of it. */
  void ended(LedgerStore.Writer by) {
    if (by.isThin()) {
      setThin();
    }
    ended();
  }

  /** What the shard's record says of it. */
  ShardRecord.Ledger described() {
    Extent now = extent;
    long base = Positions.of(first);
    return isEnded
        ? new ShardRecord.Ledger(
            ledgerId, base, now.lastAppendMillis, now.sizeBytes, now.end - first, isThin)
        : ShardRecord.Ledger.open(ledgerId, base);
  }

  /**
   * As a segment of the log.
   *
   * @param logEnd where the log ends, which is inside of the last entry that there is
   */
  Segment segment(long logEnd) {
    Extent now = extent;
    long base = Positions.of(first);
    long segmentEnd = Math.max(base, Math.min(Positions.of(now.end), logEnd));
    return new Segment(base, segmentEnd, now.lastAppendMillis, now.sizeBytes);
  }
}
