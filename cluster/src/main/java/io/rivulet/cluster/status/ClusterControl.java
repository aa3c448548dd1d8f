package io.rivulet.cluster.status;

import io.rivulet.engine.refusal.Outcome;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads; nothing blocks. What operators see of a cluster, and can do with it. */
public interface ClusterControl {
  /** For who asks a server for its cluster that is no node of one. */
  String NO_CLUSTER =
      "this server is one of its own and no node of a cluster; `rivulet server --cluster` starts one";

  /**
   * How the whole cluster is, by one node's map and by what the others say, each of which has a
   * moment for it.
   */
  CompletableFuture<ClusterStatus> status();

  /** Lets a node own nothing from now on: its shards go elsewhere, one after the other. */
  CompletableFuture<Outcome<Draining>> drain(String node);

  /** Lets a node own shards again. */
  CompletableFuture<Outcome<Draining>> undrain(String node);
}
