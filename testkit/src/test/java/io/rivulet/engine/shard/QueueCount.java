package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Table;

/** Immutable. How many queues a shard has, in memory or not. */
public final class QueueCount {
  private QueueCount() {}

  public static int of(RunningShard running) {
    int[] count = new int[1];
    running
        .shard()
        .rooms()
        .rows()
        .scan(
            Table.QUEUE,
            new byte[0],
            Keys.after(new byte[0]),
            (_, _) -> {
              count[0]++;
              return true;
            });
    return count[0];
  }
}
