package io.rivulet.cluster.node;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.routing.RoutedEngine;
import io.rivulet.engine.EngineListener;

/**
 * Safe for all threads: hands on. What shards have to say: to the router, to clients that are
 * connected here, and to those at other nodes.
 */
final class NodeNews implements LocalShards.News {
  private final EngineListener here;
  private final RoutedEngine engine;
  private final Directory directory;

  NodeNews(EngineListener here, RoutedEngine engine, Directory directory) {
    this.here = here;
    this.engine = engine;
    this.directory = directory;
  }

  @Override
  public void ready(int shard, String group, String topic, String clientId) {
    engine.ready(shard, group, topic, clientId);
  }

  @Override
  public void unsubscribed(String clientId, String group, String topic, String liteTopic) {
    here.unsubscribed(clientId, group, topic, liteTopic);
    // Nobody knows at which node the client is: whoever does not know it does nothing.
    for (NodeCalls other : directory.others()) {
      var _ = other.unsubscribed(clientId, group, topic, liteTopic);
    }
  }

  @Override
  public void unreadLost(String group, String topic, long count) {
    here.unreadLost(group, topic, count);
  }

  @Override
  public void limitsWanted(int shard, long delayMillis) {
    engine.limitsWanted(shard, delayMillis);
  }

  @Override
  public void outgoing(int shard) {
    engine.outgoing(shard);
  }

  @Override
  public void subscriptionNews(int shard) {
    engine.subscriptionNews(shard);
  }

  @Override
  public void changed() {
    directory.changed();
  }
}
