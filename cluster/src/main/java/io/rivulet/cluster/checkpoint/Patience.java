package io.rivulet.cluster.checkpoint;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Safe for all threads. How a thread waits for an answer; a simulation lets time pass meanwhile.
 */
@FunctionalInterface
public interface Patience {

  /**
   * Waits until a future is complete.
   *
   * @throws IOException what it failed with, or that it took too long
   */
  <T> T await(CompletableFuture<T> future) throws IOException;

  /** Blocks the thread, but no longer than some time. */
  static Patience upTo(Duration most) {
    return new Patience() {
      @Override
      public <T> T await(CompletableFuture<T> future) throws IOException {
        try {
          return future.get(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
          throw reasonOf(e);
        } catch (TimeoutException e) {
          throw new IOException("no answer within " + most.toMillis() + " ms", e);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for an answer");
        }
      }
    };
  }

  /** What a future failed with, as what it is if that is an {@link IOException}. */
  static IOException reasonOf(Throwable failure) {
    Throwable reason = failure;
    while (reason.getCause() != null && !(reason instanceof IOException)) {
      reason = reason.getCause();
    }
    return reason instanceof IOException known ? known : new IOException(reason);
  }
}
