package io.rivulet.cluster.node;

import io.rivulet.cluster.ownership.Ownership;
import io.rivulet.cluster.ownership.OwnershipStats;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.routing.RoutedEngine;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Safe for all threads: its parts are; starting and stopping happen once. A node of a cluster:
 * metadata, storage, the shards that it owns, and the way to all others.
 */
public final class ClusterNode implements AutoCloseable {
  private static final Duration LEAVE_TIME = Duration.ofSeconds(3);

  private final String name;
  private final Ownership ownership;
  private final LocalShards shards;
  private final RoutedEngine engine;
  private final Undos undos;

  ClusterNode(
      String name, Ownership ownership, LocalShards shards, RoutedEngine engine, Undos undos) {
    this.name = name;
    this.ownership = ownership;
    this.shards = shards;
    this.engine = engine;
    this.undos = undos;
  }

  /**
   * Starts a node, and returns once it knows the cluster. It waits for as long as it takes until
   * most founders are there.
   *
   * @param folder for its data
   * @param indexes where the indexes of shards are
   * @param news what clients that are connected to this node have to be told
   * @param addresses where it is reached by others than nodes, by purpose
   * @throws IOException if it can't, saying why; nothing is left open
   */
  public static ClusterNode start(
      ClusterConfig config,
      EngineConfig engineConfig,
      Path folder,
      IndexHome indexes,
      Clock clock,
      EngineListener news,
      Map<String, String> addresses)
      throws IOException {
    Undos undos = new Undos();
    try {
      return new Assembly(config, engineConfig, folder, clock, undos)
          .node(indexes, news, addresses);
    } catch (IOException | RuntimeException e) {
      undos.close();
      throw e;
    }
  }

  /** All shards of the cluster, as one. */
  public Engine engine() {
    return engine;
  }

  public String name() {
    return name;
  }

  /** Who serves which shard, as far as this node knows. */
  public ShardMap map() {
    return ownership.map();
  }

  public OwnershipStats stats() {
    return ownership.stats();
  }

  /** For each shard that is served here: on how many nodes its newest entries are. */
  public Map<Integer, Integer> copies() {
    return shards.copies();
  }

  /** Completes with the reason if the node cannot go on. */
  public CompletableFuture<Throwable> whenFailed() {
    return ownership.whenFailed();
  }

  /** See {@link Ownership#drain}. */
  public CompletableFuture<Boolean> drain(String node) {
    return ownership.drain(node);
  }

  /** See {@link Ownership#undrain}. */
  public CompletableFuture<Boolean> undrain(String node) {
    return ownership.undrain(node);
  }

  /** Shards that no node serves just now. */
  public List<Integer> unserved() {
    ShardMap map = map();
    return IntStream.range(0, map.shards())
        .filter(shard -> map.owner(shard).isEmpty())
        .boxed()
        .toList();
  }

  /** Hands its shards over as far as there is time, and ends. */
  @Override
  public void close() {
    ownership.leave(LEAVE_TIME).handle((_, _) -> true).join();
    undos.close();
  }
}
