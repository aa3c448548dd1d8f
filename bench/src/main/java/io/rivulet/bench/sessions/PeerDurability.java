package io.rivulet.bench.sessions;

import java.util.Locale;

/** Immutable. What an answer of a peer is worth. */
public enum PeerDurability {
  /** The message is on disk. */
  FSYNC,
  /** It is in a file; the disk follows within a second. */
  INTERVAL,
  /** It is in memory. */
  MEMORY;

  /** As people write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
