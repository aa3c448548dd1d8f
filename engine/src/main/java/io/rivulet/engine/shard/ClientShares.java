package io.rivulet.engine.shard;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Safe for all threads: a concurrent map. How many requests of each client wait for the shard, so
 * that one that floods it makes others wait for a bounded time only.
 */
final class ClientShares {
  private final int max;
  private final ConcurrentMap<String, Integer> waiting = new ConcurrentHashMap<>();

  ClientShares(int max) {
    this.max = max;
  }

  int max() {
    return max;
  }

  /** Counts one more, unless the client has as many as it may; who has no name is not counted. */
  boolean enter(String client) {
    if (client.isEmpty()) {
      return true;
    }
    int count = waiting.merge(client, 1, Integer::sum);
    if (count > max) {
      leave(client);
      return false;
    }
    return true;
  }

  void leave(String client) {
    waiting.computeIfPresent(client, (_, count) -> count == 1 ? null : count - 1);
  }
}
