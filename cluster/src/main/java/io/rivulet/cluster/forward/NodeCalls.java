package io.rivulet.cluster.forward;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads. What nodes ask each other about all shards that one of them serves. */
public interface NodeCalls {
  /** Immutable. Who takes messages: a group on a topic, or one client of it on a parent topic. */
  record Consumer(String group, String topic, String clientId) {}

  /**
   * Immutable. What is defined on a node.
   *
   * @param epochs in which it serves its shards
   */
  record Definitions(
      List<TopicDefinition> topics, List<GroupDefinition> groups, Map<Integer, Long> epochs) {}

  /** Topics and groups of all shards there. */
  CompletableFuture<Definitions> definitions();

  /** A client introduced itself elsewhere, or gave a sign of life there. */
  CompletableFuture<Boolean> clientSeen(ClientInfo client);

  /** A client said goodbye elsewhere. */
  CompletableFuture<Boolean> clientGone(String clientId);

  /** A client, perhaps one of that node's, no longer follows a lite topic. */
  CompletableFuture<Boolean> unsubscribed(
      String clientId, String group, String topic, String liteTopic);

  /**
   * Waits until something may be there for a consumer; false when the wait is over. Who hears of it
   * polls; somebody else may have been quicker.
   */
  CompletableFuture<Boolean> awaitReady(Consumer consumer, Duration wait);

  /** Polls all shards there without waiting. */
  CompletableFuture<Outcome<List<DeliveredMessage>>> pollReady(PollRequest request);
}
