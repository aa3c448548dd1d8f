package io.rivulet.engine.shard;

import io.rivulet.engine.Engine;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Safe for all threads once it is set up. A shard and the thread that turns it, if it has one. */
abstract class HostedShard implements Engine {
  private @Nullable ShardThread thread;
  private Runnable afterwards = () -> {};

  /** Set before the thread is started: closing ends it. */
  void hostedBy(ShardThread host) {
    thread = host;
  }

  /** What is to be closed after the shard. */
  void afterwards(Runnable action) {
    afterwards = action;
  }

  /**
   * Begins the shard's end. Completes when all that it took is answered and it writes nothing to
   * its log any more, so that another owner may go on with that; {@link #close} then waits for the
   * index to be up to date.
   */
  public CompletableFuture<Void> letGo() {
    ShardThread host = thread;
    return host == null ? CompletableFuture.completedFuture(null) : host.letGo();
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.close();
    }
    afterwards.run();
  }
}
