package io.rivulet.cluster.node;

import io.rivulet.cluster.metadata.MetadataStore;
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

  SharedTexts(MetadataStore store) {
    this.store = store;
  }

  /**
   * Changes a text, unless it stays as it is; waits for the metadata.
   *
   * @param change what it becomes, given what it is; empty: it was never set. May be asked again if
   *     another node was faster.
   * @return what it is then
   * @throws IOException if the metadata did not answer
   */
  public String change(String name, UnaryOperator<String> change) throws IOException {
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
      throw new IOException("the metadata quorum did not answer for '" + name + "'", e);
    }
  }
}
