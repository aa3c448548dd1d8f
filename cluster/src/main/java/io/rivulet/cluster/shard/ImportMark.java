package io.rivulet.cluster.shard;

import io.rivulet.cluster.metadata.MetadataException;
import io.rivulet.cluster.metadata.MetadataStore;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Immutable. That data is being taken into a cluster, or was, as JSON in the metadata store: as
 * long as that has not ended, no node serves anything.
 *
 * @param source what tells the data from other data
 * @param firstPosition where the logs of all shards begin
 * @param isDone whether all of it is there and was found to be the same
 */
public record ImportMark(String source, long firstPosition, long begunMillis, boolean isDone) {
  private static final String NAME = "/rivulet/import";
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Immutable. A mark and the version that its next change has to name. */
  public record Versioned(ImportMark mark, long version) {}

  /** The mark, if there is one. */
  public static CompletableFuture<Optional<Versioned>> read(MetadataStore store) {
    return store
        .get(NAME)
        .thenCompose(found -> {
          try {
            return CompletableFuture.completedFuture(
                found.map(each ->
                    new Versioned(
                        MAPPER.readValue(each.value(), ImportMark.class), each.version())));
          } catch (JacksonException e) {
            return CompletableFuture.failedFuture(
                new MetadataException("what is stored as " + NAME + " is no mark of ours", e));
          }
        });
  }

  /** Stores it if the version is the expected one; empty if somebody else was faster. */
  public CompletableFuture<OptionalLong> put(MetadataStore store, long expectedVersion) {
    return store.put(NAME, MAPPER.writeValueAsString(this), expectedVersion);
  }

  /** The same once it has ended. */
  public ImportMark done() {
    return new ImportMark(source, firstPosition, begunMillis, true);
  }

  /**
   * Whether nodes may serve: false while data is being taken in. Who has taken a shard over and
   * then asks hears of every import that has not fenced it meanwhile.
   */
  public static CompletableFuture<Boolean> isServingAllowed(MetadataStore store) {
    return read(store).thenApply(found -> found.isEmpty() || found.get().mark.isDone);
  }

  /** Why nothing is served, for people. */
  public static String refusal() {
    return "data is being taken into this cluster, and that has not ended: let `rivulet import`, the"
        + " same command again, bring it to its end before a node computes";
  }
}
