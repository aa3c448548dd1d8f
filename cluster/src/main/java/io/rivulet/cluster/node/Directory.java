package io.rivulet.cluster.node;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.forward.NodeLink;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.routing.Shards;
import io.rivulet.engine.Engine;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Safe for all threads. Where the shards are: those here by what is served, others by the map. */
final class Directory implements Shards {
  private final String self;
  private final int count;
  private final LocalShards shards;
  private final Map<Integer, Engine> serving;
  private final Links links;
  private final Supplier<ShardMap> map;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  Directory(String self, int count, LocalShards shards, Links links, Supplier<ShardMap> map) {
    this.self = self;
    this.count = count;
    this.shards = shards;
    serving = shards.serving();
    this.links = links;
    this.map = map;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public @Nullable Engine shard(int number) {
    Engine here = serving.get(number);
    if (here != null) {
      return here;
    }
    return map.get()
        .owner(number)
        .filter(owner -> !owner.node().equals(self))
        .flatMap(owner -> links.to(owner.node()))
        .map((NodeLink link) -> link.shard(number))
        .orElse(null);
  }

  @Override
  public Map<Integer, Engine> local() {
    return serving;
  }

  @Override
  public Collection<NodeCalls> others() {
    return links.all();
  }

  @Override
  public Map<Integer, Long> epochs() {
    return shards.epochs();
  }

  @Override
  public void servedElsewhere(Map<Integer, Long> epochs) {
    shards.servedElsewhere(epochs);
  }

  @Override
  public void whenChanged(Runnable listener) {
    listeners.add(listener);
  }

  void changed() {
    listeners.forEach(Runnable::run);
  }
}
