package io.rivulet.server.rivulet;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Safe for all threads: a concurrent map and a volatile flag.
 *
 * <p>The polls, reads and tails that wait in the engine, so that they can be ended when the server
 * stops. There are as many as there are open calls, which the transport bounds.
 */
final class WaitingCalls {
  private final Map<Object, CompletableFuture<?>> waiting = new ConcurrentHashMap<>();
  private volatile boolean isDraining;

  <T> CompletableFuture<T> watch(CompletableFuture<T> work) {
    if (work.isDone()) {
      return work;
    }
    Object key = new Object();
    waiting.put(key, work);
    var _ = work.whenComplete((value, failure) -> waiting.remove(key));
    if (isDraining) {
      work.cancel(false);
    }
    return work;
  }

  /** Cancels what waits and what will wait. */
  void drain() {
    isDraining = true;
    waiting.values().forEach(work -> work.cancel(false));
  }
}
