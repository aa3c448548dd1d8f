package io.rivulet.bench.load;

import java.util.concurrent.CompletableFuture;

/** What a load program measures: one request and its answer. */
@FunctionalInterface
public interface Sender {
  /**
   * Sends one request.
   *
   * @param intendedNanos when it should have been sent, on the clock of {@link System#nanoTime}
   * @return complete when everything in it is acknowledged; failed if anything was refused
   */
  CompletableFuture<?> send(long intendedNanos);
}
