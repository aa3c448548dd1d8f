package io.rivulet.cluster.node;

import io.rivulet.engine.EngineListener;
import java.util.function.Supplier;

/** Safe for all threads as who hears is. What one shard has to say, with its number. */
abstract class ShardNews implements EngineListener {
  private final int shard;
  private final Supplier<LocalShards.News> told;

  ShardNews(int shard, Supplier<LocalShards.News> told) {
    this.shard = shard;
    this.told = told;
  }

  @Override
  public void ready(String group, String topic, String clientId) {
    told.get().ready(shard, group, topic, clientId);
  }

  @Override
  public void unsubscribed(String clientId, String group, String topic, String liteTopic) {
    told.get().unsubscribed(clientId, group, topic, liteTopic);
  }

  @Override
  public void unreadLost(String group, String topic, long count) {
    told.get().unreadLost(group, topic, count);
  }

  @Override
  public void limitsWanted(long delayMillis) {
    told.get().limitsWanted(shard, delayMillis);
  }

  @Override
  public void subscriptionNews() {
    told.get().subscriptionNews(shard);
  }

  @Override
  public void outgoing() {
    told.get().outgoing(shard);
  }
}
