package io.rivulet.cluster.ledger;

/**
 * Immutable. How entries and positions belong together: entries are counted through the whole log,
 * and the byte {@code k} of entry {@code n} has the position {@code (n << 21) + k}. So the ledger
 * of a position is found in the list of ledgers, and its entry needs no index.
 */
final class Positions {
  private static final int ENTRY_BITS = 21;

  /** Less than positions allow for, so that the end of an entry is no position in the next one. */
  static final int MAX_ENTRY_BYTES = (1 << ENTRY_BITS) - 1024;

  private Positions() {}

  /** Refuses what is no entry by its length. */
  static void checkEntry(int length) {
    if (length == 0) {
      throw new IllegalArgumentException("an empty batch");
    }
    if (length > MAX_ENTRY_BYTES) {
      throw new IllegalStateException(
          "a batch of %d bytes; the most is %d".formatted(length, MAX_ENTRY_BYTES));
    }
  }

  /** Position of the first byte of an entry. */
  static long of(long index) {
    return index << ENTRY_BITS;
  }

  /** The entry that a position lies in. */
  static long indexOf(long position) {
    return position >>> ENTRY_BITS;
  }

  /** The first entry whose base is at or above a position. */
  static long indexFrom(long position) {
    return indexOf(position + (1 << ENTRY_BITS) - 1);
  }

  /** Which byte of its entry a position is. */
  static int inEntry(long position) {
    return (int) (position - of(indexOf(position)));
  }
}
