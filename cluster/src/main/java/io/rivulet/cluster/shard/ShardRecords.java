package io.rivulet.cluster.shard;

import io.rivulet.cluster.metadata.MetadataException;
import io.rivulet.cluster.metadata.MetadataStore;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Safe for all threads: stateless. The records of all shards, as JSON in the metadata store.
 * Futures fail with {@link MetadataException}, also if what is stored is no record.
 */
public final class ShardRecords {
  /** Below it lies one record for each shard, named by its number. */
  public static final String FOLDER = "/rivulet/shards";

  /** A record of an earlier version lacks what was not known then. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  /** Immutable. A record and the version that its next change has to name. */
  public record Versioned(ShardRecord shardRecord, long version) {}

  private final MetadataStore store;
  private final LostDisks lostDisks;

  public ShardRecords(MetadataStore store) {
    this.store = store;
    lostDisks = new LostDisks(store);
  }

  /** Disks of storage nodes that were lost, in the same store. */
  public LostDisks lostDisks() {
    return lostDisks;
  }

  /** Where the record of a shard is. */
  public static String name(int shard) {
    return FOLDER + "/" + shard;
  }

  public CompletableFuture<Optional<Versioned>> read(int shard) {
    return store
        .get(name(shard))
        .thenCompose(found -> {
          try {
            return CompletableFuture.completedFuture(
                found.map(each -> new Versioned(decode(each.value()), each.version())));
          } catch (JacksonException e) {
            return CompletableFuture.failedFuture(
                new MetadataException(
                    "what is stored as " + name(shard) + " is no record of a shard", e));
          }
        });
  }

  /**
   * Replaces the record that has the expected version; {@link MetadataStore#ABSENT}: makes it.
   *
   * @return the new version; empty if somebody else was faster
   */
  public CompletableFuture<OptionalLong> put(ShardRecord shardRecord, long expectedVersion) {
    return store.put(name(shardRecord.shard()), encode(shardRecord), expectedVersion);
  }

  static String encode(ShardRecord shardRecord) {
    return MAPPER.writeValueAsString(shardRecord);
  }

  static ShardRecord decode(String json) {
    return MAPPER.readValue(json, ShardRecord.class);
  }
}
