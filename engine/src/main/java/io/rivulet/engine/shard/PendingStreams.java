package io.rivulet.engine.shard;

import io.rivulet.engine.subscription.LinkedStream;
import it.unimi.dsi.fastutil.longs.LongIterator;
import java.util.ArrayList;
import java.util.List;

/** Owned by the shard thread. Streams of this shard that have something for a subscription. */
final class PendingStreams {
  private final QueueTable queues;
  private final SubscriptionFold subscriptions;

  PendingStreams(ShardState state) {
    queues = state.queues();
    subscriptions = state.fold().subscriptions();
  }

  /** Some streams with something pending; those that were longest not named come first. */
  List<LinkedStream> of(StreamSubscription subscription, int limit) {
    List<LinkedStream> found = new ArrayList<>();
    while (found.isEmpty() && subscriptions.hasPending(subscription)) {
      List<Long> next = new ArrayList<>();
      LongIterator all = subscription.pending.iterator();
      while (all.hasNext() && next.size() < limit) {
        next.add(all.nextLong());
      }
      for (long queueId : next) {
        Queue queue = queues.byId(queueId);
        StreamLink link = queue == null ? null : subscriptions.link(subscription, queue);
        if (queue == null || link == null || !link.isPending || Streams.isRetired(queue)) {
          subscriptions.forget(subscription, queueId); // it is gone
        } else {
          found.add(StreamSubscriptions.linked(subscription, queue, link));
          subscription.pending.addAndMoveToLast(queueId);
        }
      }
    }
    return found;
  }
}
