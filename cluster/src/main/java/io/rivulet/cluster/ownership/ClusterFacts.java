package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataException;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import io.rivulet.engine.time.Clock;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: stateless. What a program that is no node finds out about a cluster. */
public final class ClusterFacts {
  private final MetadataStore store;

  public ClusterFacts(MetadataStore store) {
    this.store = store;
  }

  /** What was settled when the cluster was made; empty if it was not yet. */
  public CompletableFuture<Optional<ClusterRecord>> cluster() {
    return store
        .get(Names.CLUSTER)
        .thenApply(found -> found.flatMap(each -> Texts.read(each.value(), ClusterRecord.class)));
  }

  /** The same; a cluster that was not made yet is made with so many shards. */
  public CompletableFuture<ClusterRecord> made(int shards, Clock clock) {
    ClusterRecord fresh =
        new ClusterRecord(
            Long.toHexString(new SecureRandom().nextLong() | Long.MIN_VALUE),
            shards,
            clock.wallMillis());
    return cluster()
        .thenCompose(found ->
            found.isPresent()
                ? CompletableFuture.completedFuture(found)
                : store
                    .put(Names.CLUSTER, Texts.of(fresh), MetadataStore.ABSENT)
                    .thenCompose(_ -> cluster()))
        .thenCompose(found ->
            found
                .map(CompletableFuture::completedFuture)
                .orElseGet(() ->
                    CompletableFuture.failedFuture(
                        new MetadataException(
                            "the record of the cluster can't be read",
                            new IllegalStateException()))));
  }

  /** Nodes that are there and may own shards. */
  public CompletableFuture<List<String>> computingNodes() {
    return store
        .children(Names.NODES)
        .thenCompose(names -> {
          CompletableFuture<List<String>> all =
              CompletableFuture.completedFuture(new ArrayList<>());
          for (String name : names) {
            all = all.thenCombine(store.get(Names.node(name)), ClusterFacts::withComputing);
          }
          return all;
        });
  }

  private static List<String> withComputing(List<String> names, Optional<Versioned> found) {
    found
        .flatMap(each -> Texts.read(each.value(), NodeRecord.class))
        .filter(NodeRecord::computes)
        .ifPresent(each -> names.add(each.info().name()));
    return names;
  }
}
