package io.rivulet.cluster.ownership;

/** What a node does for the others. */
public enum Role {
  /** Owns shards. */
  COMPUTE,
  /** Stores what the owners write. */
  STORAGE
}
