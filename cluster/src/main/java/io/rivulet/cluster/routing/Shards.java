package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.engine.Engine;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads. Where the shards are just now. What it says may be over a moment later: who
 * asks a shard that has moved hears {@link io.rivulet.cluster.forward.NotOwnerException}.
 */
public interface Shards {
  /** How many there are, served or not. */
  int count();

  /** The engine of a shard, here or elsewhere; null while nobody serves it. */
  @Nullable Engine shard(int number);

  /** Those that are served by this node, by number. */
  Map<Integer, Engine> local();

  /** The other nodes that serve shards. */
  Collection<NodeCalls> others();

  /** In which epochs those that are here are served. */
  Map<Integer, Long> epochs();

  /**
   * Another node says that it serves shards in these epochs. Who serves one of them in an earlier
   * epoch has lost it, and may be the last to hear of that from the metadata.
   */
  void servedElsewhere(Map<Integer, Long> epochs);

  /** Runs, on any thread, when a shard has begun or ceased to be served somewhere. */
  void whenChanged(Runnable listener);
}
