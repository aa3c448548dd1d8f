package io.rivulet.cluster.routing;

import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionMade;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: no state. Refuses subscriptions to streams: the state machine of each is in
 * one shard, and its streams are in all.
 */
abstract class WithoutSubscriptions implements Engine {
  static <T> Outcome<T> unsupported(String what) {
    return Outcome.refused(
        RefusalCode.UNSUPPORTED, what + " is not possible in a cluster yet; use a single process");
  }

  private static <T> CompletableFuture<Outcome<T>> noSubscriptions() {
    return CompletableFuture.completedFuture(unsupported("a subscription to streams"));
  }

  @Override
  public CompletableFuture<Outcome<SubscriptionMade>> makeSubscription(
      String name, SubscriptionDefinition definition) {
    return noSubscriptions();
  }

  @Override
  public CompletableFuture<Outcome<SubscriptionView>> describeSubscription(String name, int limit) {
    return noSubscriptions();
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> deleteSubscription(String name) {
    return noSubscriptions();
  }

  @Override
  public CompletableFuture<Outcome<Integer>> linkStreams(String name, List<StreamPath> streams) {
    return noSubscriptions();
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> unlinkStream(String name, StreamPath stream) {
    return noSubscriptions();
  }

  /** There are none to wait for: the wait ends with the process, or when it is cancelled. */
  @Override
  public CompletableFuture<Outcome<List<Wake>>> takeWakes(int limit) {
    return new CompletableFuture<>();
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> wakeDelivered(WakeKey wake) {
    return noSubscriptions();
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> wakeFailed(WakeKey wake, Duration retryAfter) {
    return noSubscriptions();
  }

  @Override
  public CompletableFuture<Outcome<Claimed>> claim(String subscription, String worker) {
    return noSubscriptions();
  }

  @Override
  public CompletableFuture<Outcome<WakeAnswer>> acknowledgeStreams(
      WakeKey wake, List<StreamAck> acks, boolean isDone) {
    return noSubscriptions();
  }
}
