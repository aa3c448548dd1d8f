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

  /** Runs, on any thread, when a shard has begun or ceased to be served somewhere. */
  void whenChanged(Runnable listener);
}
