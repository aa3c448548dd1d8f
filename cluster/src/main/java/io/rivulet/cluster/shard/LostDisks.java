package io.rivulet.cluster.shard;

import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: stateless. How often a storage node has begun anew with an empty disk: each
 * time, whatever it had held is held by one node less, and owners of shards have to copy it.
 */
public final class LostDisks {
  private static final String FOLDER = "/rivulet/lost-disks";

  private final MetadataStore store;

  public LostDisks(MetadataStore store) {
    this.store = store;
  }

  /** Tells all owners that a node is about to begin anew. */
  public CompletableFuture<Void> tell(String node) {
    String name = FOLDER + "/" + node;
    return store
        .get(name)
        .thenCompose(found ->
            store.put(
                name,
                Long.toString(count(found) + 1),
                found.map(Versioned::version).orElse(MetadataStore.ABSENT)))
        .thenCompose(
            version -> version.isPresent() ? CompletableFuture.completedFuture(null) : tell(node));
  }

  /** How many disks were lost so far, of all nodes. */
  public CompletableFuture<Long> count() {
    return store.children(FOLDER).thenCompose(this::count);
  }

  private CompletableFuture<Long> count(List<String> nodes) {
    CompletableFuture<Long> sum = CompletableFuture.completedFuture(0L);
    for (String node : nodes) {
      sum =
          sum.thenCombine(store.get(FOLDER + "/" + node), (before, found) -> before + count(found));
    }
    return sum;
  }

  private static long count(Optional<Versioned> found) {
    return found.map(each -> Long.parseLong(each.value())).orElse(0L);
  }
}
