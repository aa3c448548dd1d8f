package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.RecentEntries.Entry;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.engine.log.CommitLog.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Safe for all threads: changed under the lock of {@link LedgerWriting}, read as a volatile
 * snapshot. The ledgers that a log is made of, oldest first; there is always a last one.
 */
final class LogParts {
  private volatile List<LogPart> all;
  private final AtomicLong distrusts = new AtomicLong();

  LogParts(List<LogPart> found) {
    all = List.copyOf(found);
  }

  List<LogPart> all() {
    return all;
  }

  LogPart last() {
    return all.getLast();
  }

  LogPart lastButOne() {
    return all.get(all.size() - 2);
  }

  boolean contains(LogPart part) {
    return all.contains(part);
  }

  /** Whether a part before the last one has no known end yet. */
  boolean isEnding() {
    List<LogPart> current = all;
    return !current.subList(0, current.size() - 1).stream().allMatch(LogPart::isEnded);
  }

  void add(LogPart part) {
    List<LogPart> grown = new ArrayList<>(all);
    grown.add(part);
    all = List.copyOf(grown);
  }

  /** Takes all for held by too few nodes, and what is a copy of one of them on its way as well. */
  void distrust() {
    all.forEach(LogPart::setThin);
    distrusts.incrementAndGet();
  }

  /** How often that has happened; to be asked before the ledger of a copy is made. */
  long distrusts() {
    return distrusts.get();
  }

  /** Puts a copy where the part was; the nodes that hold it may have lost some of it meanwhile. */
  void replace(Refilling.Copied copied) {
    if (copied.distrusts() != distrusts()) {
      copied.copy().setThin();
    }
    List<LogPart> replaced = new ArrayList<>(all);
    replaced.set(replaced.indexOf(copied.part()), copied.copy());
    all = List.copyOf(replaced);
  }

  /** Those that have ended and are held by too few nodes. */
  List<LogPart> thin() {
    return all.stream().filter(part -> part.isEnded() && part.isThin()).toList();
  }

  void remove(LogPart part) {
    List<LogPart> left = new ArrayList<>(all);
    left.remove(part);
    all = List.copyOf(left);
  }

  /** What was to go into the last part is to follow what survives of the one before. */
  void mergeLast() {
    LogPart last = last();
    LogPart before = lastButOne();
    before.cut(last.end(), before.sizeBytes() + last.sizeBytes(), last.lastAppendMillis());
    remove(last);
  }

  /**
   * Ends the last part and lets another one follow it.
   *
   * @param survivedEnd index after the last entry that is in the last part's ledger
   * @param survivedMillis when that entry was appended
   * @param others the entries that are not
   */
  void splitLast(
      long survivedEnd, long survivedMillis, Collection<Entry> others, LedgerStore.Writer into) {
    LogPart old = last();
    LogPart fresh = new LogPart(into.id(), survivedEnd, survivedMillis);
    others.forEach(fresh::grow);
    fresh.setLive(into.reader());
    old.cut(survivedEnd, old.sizeBytes() - fresh.sizeBytes(), survivedMillis);
    add(fresh);
    old.setThin();
    old.ended();
  }

  /**
   * Removes and returns those that end at or below a position; never the last one, nor the last one
   * that has entries: it says where the log ends.
   */
  List<LogPart> trim(long before, long logEnd, long acknowledgedEnd) {
    List<LogPart> current = all;
    int last = current.size() - 1;
    while (last > 0 && current.get(last).isEmpty()) {
      last--;
    }
    int count = 0;
    while (count < last
        && current.get(count).segment(logEnd).end() <= before
        && current.get(count).end() <= acknowledgedEnd) {
      count++;
    }
    all = List.copyOf(current.subList(count, current.size()));
    return current.subList(0, count);
  }

  /** The segments of the log; a part that has no entry yet is none, unless it is the only one. */
  List<Segment> segments(long logEnd) {
    List<LogPart> current = all;
    List<Segment> segments =
        current.stream().filter(part -> !part.isEmpty()).map(part -> part.segment(logEnd)).toList();
    return segments.isEmpty() ? List.of(current.getLast().segment(logEnd)) : segments;
  }

  /** Bytes of the entries that end between two positions, at the average of their parts. */
  long bytesBetween(long from, long to) {
    List<LogPart> current = all;
    long bytes = 0;
    for (int i = current.size() - 1; i >= 0; i--) {
      LogPart part = current.get(i);
      bytes += part.bytesOf(Positions.indexFrom(from), Positions.indexFrom(to));
      if (Positions.of(part.first()) <= from) {
        break;
      }
    }
    return bytes;
  }

  /** The shard's record as the parts are now. */
  ShardRecord described(ShardRecord shardRecord) {
    List<LogPart> current = all;
    return shardRecord
        .withLedgers(current.stream().map(LogPart::described).toList())
        .withHead(Positions.of(current.getFirst().first()));
  }
}
