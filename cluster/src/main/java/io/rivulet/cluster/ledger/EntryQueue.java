package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.RecentEntries.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: changed under the lock of {@link LedgerWriting}; what others look at is
 * volatile. The entries of a log in the order in which they were appended, and how far they got:
 * appended, sent, acknowledged.
 */
final class EntryQueue {
  /** So long do entries stay in memory although nothing new needs their place. */
  private static final long RECENT_MILLIS = 60_000;

  private final RecentEntries recent;
  private final Acknowledgements acknowledgements;
  private final ArrayDeque<Entry> unacknowledged = new ArrayDeque<>();
  private volatile long endPosition;
  private final AtomicLong unacknowledgedBytes = new AtomicLong();
  private long end;
  private long sentEnd;
  private long acknowledgedEnd;
  private long lastAcknowledgedMillis;

  /**
   * Makes one without entries.
   *
   * @param first index of the first entry that will come
   * @param endPosition position after the last byte of the entry before it
   * @param lastMillis when that entry was appended
   */
  EntryQueue(int hotBytes, long first, long endPosition, long lastMillis) {
    recent = new RecentEntries(hotBytes, first);
    acknowledgements = new Acknowledgements(endPosition);
    this.endPosition = endPosition;
    end = first;
    sentEnd = first;
    acknowledgedEnd = first;
    lastAcknowledgedMillis = lastMillis;
  }

  // ---- for all threads

  Acknowledgements acknowledgements() {
    return acknowledgements;
  }

  /** An entry that is still in memory; all are that are not acknowledged. */
  @Nullable Entry recent(long index) {
    return recent.get(index);
  }

  /** Position after the last byte that was appended. */
  long endPosition() {
    return endPosition;
  }

  long unacknowledgedBytes() {
    return unacknowledgedBytes.get();
  }

  // ---- under the lock

  /** Index of the entry that will be appended next. */
  long end() {
    return end;
  }

  /** Entries below this index were sent. */
  long sentEnd() {
    return sentEnd;
  }

  long acknowledgedEnd() {
    return acknowledgedEnd;
  }

  long lastAcknowledgedMillis() {
    return lastAcknowledgedMillis;
  }

  /** Those that are not acknowledged, in order. */
  List<Entry> unacknowledged() {
    return List.copyOf(unacknowledged);
  }

  boolean isAcknowledged() {
    return unacknowledged.isEmpty();
  }

  /** Appends a copy. */
  Entry add(ByteBuffer payload, long appendMillis) {
    byte[] bytes = new byte[payload.remaining()];
    payload.duplicate().get(bytes);
    Entry entry = new Entry(end++, bytes, appendMillis);
    recent.put(entry);
    unacknowledged.add(entry);
    unacknowledgedBytes.addAndGet(bytes.length);
    endPosition = entry.endPosition();
    return entry;
  }

  void sent(Entry entry) {
    sentEnd = Math.max(sentEnd, entry.index() + 1);
  }

  /** Acknowledges all below an index; {@link Acknowledgements#tell} is left to the caller. */
  void acknowledge(long newEnd) {
    while (acknowledgedEnd < newEnd) {
      Entry entry = unacknowledged.remove();
      acknowledgedEnd = entry.index() + 1;
      unacknowledgedBytes.addAndGet(-entry.sizeBytes());
      lastAcknowledgedMillis = entry.appendMillis();
      acknowledgements.reached(entry.endPosition());
      recent.acknowledged(entry);
    }
    recent.makeRoom(acknowledgedEnd);
  }

  /** Gives up what is acknowledged and not new any more. */
  void forgetOld(long nowMillis) {
    recent.forget(nowMillis - RECENT_MILLIS, acknowledgedEnd);
  }
}
