package io.rivulet.cluster.node;

import io.rivulet.cluster.ownership.ClusterRecord;
import io.rivulet.cluster.ownership.Ownership;
import io.rivulet.cluster.ownership.OwnershipStats;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.cluster.status.ClusterStatus;
import io.rivulet.cluster.status.Draining;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Safe for all threads: its parts are; starting and stopping happen once. A node of a cluster:
 * metadata, storage, the shards that it owns, and the way to all others.
 */
public final class ClusterNode implements ClusterControl, AutoCloseable {
  private final ClusterRecord cluster;
  private final NodeView view;
  private final StatusQuery status;
  private final Drainer drainer;
  private final Readiness readiness;
  private final Ending ending;
  private final SharedTexts texts;

  /**
   * Immutable. How it ends.
   *
   * @param leaveTime how long it waits for other nodes to get ready for its shards
   * @param memberEnded completes if storage, or the metadata quorum's member, in this process has
   *     ended by itself
   */
  record Ending(Duration leaveTime, Undos undos, CompletableFuture<Throwable> memberEnded) {}

  ClusterNode(
      ClusterRecord cluster,
      NodeView view,
      StatusQuery status,
      Drainer drainer,
      Readiness readiness,
      Ending ending,
      SharedTexts texts) {
    this.texts = texts;
    this.cluster = cluster;
    this.view = view;
    this.status = status;
    this.drainer = drainer;
    this.readiness = readiness;
    this.ending = ending;
  }

  /**
   * Starts a node, and returns once it knows the cluster. It waits for as long as it takes until
   * most founders are there.
   *
   * @param folder for its data
   * @param indexes where the indexes of shards are
   * @param news what clients that are connected to this node have to be told
   * @param addresses where it is reached by others than nodes, by purpose
   * @param version of the program, for people
   * @throws IOException if it can't, saying why; nothing is left open
   */
  public static ClusterNode start(
      ClusterConfig config,
      EngineConfig engineConfig,
      Path folder,
      IndexHome indexes,
      Clock clock,
      EngineListener news,
      Map<String, String> addresses,
      String version)
      throws IOException {
    Undos undos = new Undos();
    try {
      return new Assembly(config, engineConfig, folder, clock, undos)
          .node(indexes, news, addresses, version);
    } catch (IOException | RuntimeException e) {
      undos.close();
      throw e;
    }
  }

  /** All shards of the cluster, as one. */
  public Engine engine() {
    return view.compute().engine();
  }

  /** Takes what was handed out, by any shard, and never reaches its client. */
  public Returns returns() {
    return view.compute().engine().returns();
  }

  /** What all nodes have in common. */
  public SharedTexts texts() {
    return texts;
  }

  public String name() {
    return view.name();
  }

  /** Who serves which shard, as far as this node knows. */
  public ShardMap map() {
    return ownership().map();
  }

  public OwnershipStats stats() {
    return ownership().stats();
  }

  /** What metrics show; never blocks. */
  public ClusterFigures figures() {
    return view.figures();
  }

  /** For each shard that is served here: on how many nodes its newest entries are. */
  public Map<Integer, Integer> copies() {
    return view.compute().shards().copies();
  }

  /** Completes with the reason if the node cannot go on. */
  public CompletableFuture<Throwable> whenFailed() {
    CompletableFuture<Throwable> first = new CompletableFuture<>();
    var _ = ownership().whenFailed().thenAccept(first::complete);
    var _ = ending.memberEnded.thenAccept(first::complete);
    return first;
  }

  @Override
  public CompletableFuture<ClusterStatus> status() {
    return status.ask(cluster);
  }

  @Override
  public CompletableFuture<Outcome<Draining>> drain(String node) {
    return drainer.drain(node);
  }

  @Override
  public CompletableFuture<Outcome<Draining>> undrain(String node) {
    return drainer.undrain(node);
  }

  /** Why requests should go to other nodes; empty: they may come. Never blocks. */
  public Optional<String> notReadyReason() {
    return readiness.reason();
  }

  /** What is to be said of a node that is ready; may be empty. */
  public String remark() {
    return readiness.remark();
  }

  private Ownership ownership() {
    return view.compute().ownership();
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
    ownership().leave(ending.leaveTime()).handle((_, _) -> true).join();
    ending.undos().close();
  }
}
