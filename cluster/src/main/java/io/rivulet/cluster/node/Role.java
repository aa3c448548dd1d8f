package io.rivulet.cluster.node;

/** What a node does for the cluster. */
public enum Role {
  /** It keeps copies of the log. */
  STORAGE,
  /** It owns shards. Every node answers for all of them, whatever its roles. */
  COMPUTE
}
