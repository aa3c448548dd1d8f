package io.rivulet.server.http.feed;

import io.vertx.core.Context;
import java.util.ArrayDeque;

/**
 * Owned by one event loop, but for {@link #execute}. The readers of that loop take turns to read
 * what is stored: after a restart all of them want it at once, and each holds a page of it.
 */
final class FeedLoop {
  private final Context context;
  private final ArrayDeque<FeedReader> waiting = new ArrayDeque<>();
  private int free;

  FeedLoop(Context context, int maxCatchUps) {
    this.context = context;
    free = maxCatchUps;
  }

  /** Safe for all threads: does it on this loop, later. */
  void execute(Runnable task) {
    context.runOnContext(_ -> task.run());
  }

  /** Has the reader catch up when it is its turn; it says {@link #caughtUp} when it has. */
  void admit(FeedReader reader) {
    if (free > 0) {
      free--;
      reader.catchUp();
    } else {
      waiting.add(reader);
    }
  }

  void caughtUp() {
    FeedReader next;
    do {
      next = waiting.poll();
    } while (next != null && next.isOver());
    if (next == null) {
      free++;
    } else {
      next.catchUp();
    }
  }

  long setTimer(long millis, FeedReader reader) {
    return context.owner().setTimer(Math.max(1, millis), _ -> reader.tick());
  }

  void later(long millis, Runnable task) {
    long _ = context.owner().setTimer(millis, _ -> task.run());
  }

  void cancelTimer(long timer) {
    context.owner().cancelTimer(timer);
  }
}
