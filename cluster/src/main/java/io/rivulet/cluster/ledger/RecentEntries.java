package io.rivulet.cluster.ledger;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: written under the lock of {@link LedgerWriting}; others read a slot and
 * look whether it holds what they want. The newest entries of a log, all that are not acknowledged
 * and some that are and not large, so that readers who keep up need no storage node.
 */
final class RecentEntries {
  private static final int MIN_SLOTS = 64;

  /** An entry that is larger is as a rule a part of a large message, which nobody keeps up with. */
  private static final int LARGE_BYTES = 512 << 10;

  /** Immutable. One batch, as it was appended. */
  static final class Entry {
    private final long index;
    private final byte[] bytes;
    private final long appendMillis;

    Entry(long index, byte[] bytes, long appendMillis) {
      this.index = index;
      this.bytes = bytes;
      this.appendMillis = appendMillis;
    }

    long index() {
      return index;
    }

    int sizeBytes() {
      return bytes.length;
    }

    long appendMillis() {
      return appendMillis;
    }

    /** The position after its last byte. */
    long endPosition() {
      return Positions.of(index) + bytes.length;
    }

    ByteBuffer buffer() {
      return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }
  }

  private final int capacityBytes;
  private volatile AtomicReferenceArray<@Nullable Entry> slots =
      new AtomicReferenceArray<>(MIN_SLOTS);
  private long low;
  private long end;
  private long sizeBytes;

  /**
   * Makes it empty.
   *
   * @param capacityBytes so much of what is acknowledged is kept
   * @param first index of the first entry that will come
   */
  RecentEntries(int capacityBytes, long first) {
    this.capacityBytes = capacityBytes;
    low = first;
    end = first;
  }

  @Nullable Entry get(long index) {
    AtomicReferenceArray<@Nullable Entry> current = slots;
    Entry found = current.get(slot(current, index));
    return found != null && found.index == index ? found : null;
  }

  /** Takes the entry after the last one. */
  void put(Entry entry) {
    if (end - low == slots.length()) {
      resize(2 * slots.length());
    }
    slots.set(slot(slots, entry.index), entry);
    sizeBytes += counted(entry);
    end = entry.index + 1;
  }

  /**
   * An entry is acknowledged: a large one is given up. It would take the place of many small ones,
   * and live just long enough for the collector to move it.
   */
  void acknowledged(Entry entry) {
    if (isLarge(entry)) {
      slots.set(slot(slots, entry.index), null);
    }
  }

  private static boolean isLarge(Entry entry) {
    return entry.bytes.length > LARGE_BYTES;
  }

  /** What it takes of the capacity; until it is acknowledged a large one is there beside it. */
  private static int counted(Entry entry) {
    return isLarge(entry) ? 0 : entry.bytes.length;
  }

  /** Gives up the oldest entries while there are too many; only such as are acknowledged. */
  void makeRoom(long acknowledgedEnd) {
    while (sizeBytes > capacityBytes && low < acknowledgedEnd) {
      removeLowest();
    }
  }

  /** Gives up what nobody who keeps up will ask for any more, so that a quiet log is small. */
  void forget(long appendedBeforeMillis, long acknowledgedEnd) {
    while (low < acknowledgedEnd) {
      Entry lowest = get(low);
      if (lowest != null && lowest.appendMillis >= appendedBeforeMillis) {
        return;
      }
      removeLowest();
    }
    if (slots.length() > MIN_SLOTS && end == low) {
      resize(MIN_SLOTS);
    }
  }

  private void removeLowest() {
    Entry lowest = get(low);
    if (lowest != null) {
      sizeBytes -= counted(lowest);
      slots.set(slot(slots, low), null);
    }
    low++;
  }

  private void resize(int count) {
    AtomicReferenceArray<@Nullable Entry> grown = new AtomicReferenceArray<>(count);
    for (long index = low; index < end; index++) {
      grown.set(slot(grown, index), get(index));
    }
    slots = grown;
  }

  private static int slot(AtomicReferenceArray<@Nullable Entry> of, long index) {
    return (int) (index & (of.length() - 1));
  }
}
