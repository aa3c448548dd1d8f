package io.rivulet.cluster.ledger;

import java.util.List;

/**
 * Immutable. The storage nodes that are there, by name.
 *
 * @param writable those that take new entries
 * @param readOnly those that do not, such as for want of room
 */
public record StorageNodes(List<String> writable, List<String> readOnly) {
  public StorageNodes {
    writable = List.copyOf(writable);
    readOnly = List.copyOf(readOnly);
  }
}
