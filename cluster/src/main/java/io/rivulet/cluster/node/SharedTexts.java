package io.rivulet.cluster.node;

import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/**
 * Safe for all threads: no state but the store's. Small texts that all nodes have in common, as the
 * keys by which one knows what another one has signed.
 */
public final class SharedTexts {
  private static final String FOLDER = "/rivulet/shared/";
  private static final Duration ANSWER_TIME = Duration.ofSeconds(10);

  /** Whoever changes a text at the same time has done so by then. */
  private static final int MAX_ATTEMPTS = 20;

  private final MetadataStore store;
  private final Clock clock;
  private final Retrying retrying;

  /** How long it is tried again when the metadata did not answer. */
  @FunctionalInterface
  interface Retrying {
    /**
     * Waits a moment.
     *
     * @param sinceNanos when it was tried first, of the node's clock
     * @return false: it was tried for long enough
     */
    boolean again(long sinceNanos) throws IOException;
  }

  /**
   * @param clock tells {@code retrying} when it was tried first
   */
  SharedTexts(MetadataStore store, Clock clock, Retrying retrying) {
    this.store = store;
    this.clock = clock;
    this.retrying = retrying;
  }

  /**
   * Changes a text, unless it stays as it is; waits for the metadata, also for a quorum that is
   * just choosing its next leader.
   *
   * @param change what it becomes, given what it is; empty: it was never set. May be asked again if
   *     another node was faster.
   * @return what it is then
   * @throws IOException if the metadata did not answer for long
   */
  public String change(String name, UnaryOperator<String> change) throws IOException {
    long sinceNanos = clock.nanos();
    while (true) {
      try {
        return changeNow(name, change);
      } catch (UnansweredException e) {
        if (!retrying.again(sinceNanos)) {
          throw e;
        }
      }
    }
  }

  private String changeNow(String name, UnaryOperator<String> change) throws IOException {
    for (int i = 0; i < MAX_ATTEMPTS; i++) {
      Optional<MetadataStore.Versioned> found = answer(name, store.get(FOLDER + name));
      String before = found.map(MetadataStore.Versioned::value).orElse("");
      String after = change.apply(before);
      if (after.equals(before)) {
        return after;
      }
      long version = found.map(MetadataStore.Versioned::version).orElse(MetadataStore.ABSENT);
      OptionalLong put = answer(name, store.put(FOLDER + name, after, version));
      if (put.isPresent()) {
        return after;
      }
    }
    throw new IOException("other nodes changed '" + name + "' again and again: try again");
  }

  private static <T> T answer(String name, CompletableFuture<T> asked) throws IOException {
    try {
      return asked.get(ANSWER_TIME.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while asking the metadata for '" + name + "'", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new UnansweredException(name, e);
    }
  }

  private static final class UnansweredException extends IOException {
    private static final long serialVersionUID = 1;

    UnansweredException(String name, Exception cause) {
      super("the metadata quorum did not answer for '" + name + "'", cause);
    }
  }
}
