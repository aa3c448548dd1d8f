package io.rivulet.server;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Safe for all threads: one future. A step of the start that runs beside the others, on a thread of
 * its own.
 */
final class Beside<T> {
  /** One step of a start. */
  interface Step<T> {
    T run() throws StartException;
  }

  private final CompletableFuture<T> future = new CompletableFuture<>();

  private Beside() {}

  static <T> Beside<T> start(String threadName, Step<T> step) {
    Beside<T> beside = new Beside<>();
    Thread.ofPlatform()
        .name(threadName)
        .daemon()
        .start(() -> {
          try {
            beside.future.complete(step.run());
          } catch (StartException | RuntimeException | Error e) {
            beside.future.completeExceptionally(e);
          }
        });
    return beside;
  }

  /** Waits for the result. */
  T result() throws StartException {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StartException reason) {
        throw reason;
      }
      throw e;
    }
  }

  /** Waits for the end, and does this if there is a result. */
  void ifDone(Consumer<T> action) {
    future.handle((result, failure) -> failure == null).join();
    if (!future.isCompletedExceptionally()) {
      action.accept(future.join());
    }
  }
}
