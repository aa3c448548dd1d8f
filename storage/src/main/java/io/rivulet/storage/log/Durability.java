package io.rivulet.storage.log;

/** What "durable" means: what an acknowledged message survives. */
public enum Durability {
  /** On the disk before it is acknowledged: survives power loss. */
  FSYNC,
  /** In the file before it is acknowledged: survives SIGKILL, synced a moment later. */
  INTERVAL
}
