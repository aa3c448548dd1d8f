package io.rivulet.engine.shard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Owned by the shard thread. Answers that leave the shard: collected during a turn and completed
 * together on the reply thread, so that what depends on them never runs here.
 */
final class Replies {
  private final Executor replyThread;
  private List<Runnable> collected = new ArrayList<>();

  Replies(Executor replyThread) {
    this.replyThread = replyThread;
  }

  <T> void complete(CompletableFuture<T> future, T value) {
    collected.add(() -> future.complete(value));
  }

  /** Hands over what was collected. */
  void flush() {
    if (collected.isEmpty()) {
      return;
    }
    List<Runnable> batch = collected;
    collected = new ArrayList<>();
    replyThread.execute(() -> batch.forEach(Runnable::run));
  }
}
