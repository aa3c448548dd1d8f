package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: no state of its own. What this node answers to others. */
final class ThisNode implements NodeCalls {
  private final View view;
  private final Members members;
  private final PollHub hub;
  private final EngineListener news;

  /**
   * @param news what other nodes have to say to clients of this one
   */
  ThisNode(View view, Members members, PollHub hub, EngineListener news) {
    this.view = view;
    this.members = members;
    this.hub = hub;
    this.news = news;
  }

  @Override
  public CompletableFuture<Definitions> definitions() {
    return CompletableFuture.completedFuture(view.local());
  }

  @Override
  public CompletableFuture<Boolean> clientSeen(ClientInfo client) {
    members.seenElsewhere(client);
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public CompletableFuture<Boolean> clientGone(String clientId) {
    members.goneElsewhere(clientId);
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public CompletableFuture<Boolean> unsubscribed(
      String clientId, String group, String topic, String liteTopic) {
    news.unsubscribed(clientId, group, topic, liteTopic);
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public CompletableFuture<Boolean> awaitReady(Consumer consumer, Duration wait) {
    return hub.awaitReady(consumer, wait);
  }

  @Override
  public CompletableFuture<Outcome<List<DeliveredMessage>>> pollReady(PollRequest request) {
    return hub.pollReady(request);
  }
}
