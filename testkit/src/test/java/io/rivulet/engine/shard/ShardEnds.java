package io.rivulet.engine.shard;

/** Safe for all threads: no state. What only a shard's thread does at its end. */
public final class ShardEnds {
  private ShardEnds() {}

  /** Says in the log that serving has ended in order. */
  public static void endServing(Shard shard) {
    shard.endServing();
  }
}
