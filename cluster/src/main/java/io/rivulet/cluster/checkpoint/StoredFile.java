package io.rivulet.cluster.checkpoint;

/**
 * Immutable. A file in a ledger.
 *
 * @param name without a folder
 * @param crc32c of its bytes, unsigned
 * @param firstEntry of the ledger that holds its beginning; it has its entries for itself
 */
public record StoredFile(
    String name, long sizeBytes, long crc32c, long ledger, long firstEntry, long entries) {

  /** Whether a file with these properties need not be stored again. */
  boolean holds(String otherName, long otherSizeBytes, long otherCrc32c) {
    return name.equals(otherName) && sizeBytes == otherSizeBytes && crc32c == otherCrc32c;
  }
}
