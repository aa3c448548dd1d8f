package io.rivulet.cluster.routing;

import io.rivulet.engine.message.Message;
import io.rivulet.engine.shard.Handles;
import io.rivulet.engine.shard.ShardNumber;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Which shard holds what. Lite topics are spread by their names over all shards. A topic
 * of any other type is in one shard, as a whole: so its order of priorities, its fairness and the
 * limits of its groups are those of one scheduler. Dead-letter topics are where the messages came
 * from, a part in each shard. The places never change: the number of shards is fixed.
 *
 * @param shards how many there are
 */
record Placement(int shards) {
  private static final String DEAD_LETTERS = "%DLQ%";

  /** The shard of a topic that is not spread; of a spread one, whoever has to be asked first. */
  int ofTopic(String topic) {
    return ShardNumber.ofTopic(topic, shards);
  }

  int ofLite(String topic, String liteTopic) {
    return ShardNumber.ofLite(topic, liteTopic, shards);
  }

  int of(Message message) {
    String lite = message.liteTopic();
    return lite == null ? ofTopic(message.topic()) : ofLite(message.topic(), lite);
  }

  /** The shard that holds a subscription to streams. */
  int ofSubscription(String name) {
    return ShardNumber.ofSubscription(name, shards);
  }

  /** The shard that has given out an id. */
  int ofId(long id) {
    return Math.floorMod(id, shards);
  }

  int ofReceipt(String handle) {
    return ofQueue(Handles.queueOfReceipt(handle));
  }

  int ofMessage(String handle) {
    return ofQueue(Handles.queueOfMessage(handle));
  }

  /** What is no handle at all goes to some shard, which says so. */
  private int ofQueue(OptionalLong queue) {
    return queue.isEmpty() ? 0 : Math.floorMod(queue.getAsLong(), shards);
  }

  static boolean isDeadLetters(@Nullable String topic) {
    return topic != null && topic.startsWith(DEAD_LETTERS);
  }
}
