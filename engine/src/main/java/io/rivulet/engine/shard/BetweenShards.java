package io.rivulet.engine.shard;

import io.rivulet.engine.message.Message;
import io.rivulet.engine.outbox.OwedMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.ForkStep;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.ShardAck;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.SubscriptionNews;
import io.rivulet.engine.subscription.SubscriptionReport;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Safe for all threads: no state. What a shard does for others, and has for them. */
abstract class BetweenShards extends SharedMatters {
  /** Takes messages that were checked. */
  interface DraftsTaker<T> {
    void take(List<Draft> drafts, Rooms rooms, Consumer<Outcome<T>> reply);
  }

  /** Checks names and messages on the caller's thread. */
  abstract <T> CompletableFuture<Outcome<T>> withDrafts(
      String topic, String liteTopic, List<Message> messages, DraftsTaker<T> taker);

  // ---- forks

  @Override
  public CompletableFuture<Outcome<ForkSource>> forkSource(StreamCreation wanted) {
    return ask((rooms, reply) -> rooms.traffic().streamMaker().source(wanted, reply));
  }

  @Override
  public CompletableFuture<Outcome<ForkStep>> createFork(
      String client, StreamCreation wanted, ForkSource source) {
    return withDrafts(
        wanted.topic(),
        wanted.liteTopic(),
        wanted.messages(),
        (drafts, rooms, reply) ->
            rooms.traffic().forkCopies().create(client, wanted, drafts, source, reply));
  }

  @Override
  public CompletableFuture<Outcome<Long>> fillFork(
      String topic, String liteTopic, long sourceId, long from, StreamPage page) {
    return ask((rooms, reply) ->
        rooms.traffic().forkCopies().fill(topic, liteTopic, sourceId, from, page, reply));
  }

  // ---- subscriptions

  @Override
  public CompletableFuture<Outcome<FollowedSubscription>> heldSubscription(String name) {
    return ask((rooms, reply) -> rooms.office().streamSubscriptions().held(name, reply));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> followSubscription(FollowedSubscription wanted) {
    return ask((rooms, reply) -> rooms.office().streamSubscriptions().follow(wanted, reply));
  }

  @Override
  public CompletableFuture<Outcome<ShardAck>> acknowledgeInShard(
      String subscription, List<StreamAck> acks, boolean applies) {
    return ask((rooms, reply) ->
        rooms.office().wakes().acknowledgeHere(subscription, acks, applies, reply));
  }

  @Override
  public CompletableFuture<Outcome<List<Long>>> hearReports(List<SubscriptionReport> reports) {
    return ask((rooms, reply) -> rooms.office().wakes().hear(reports, reply));
  }

  @Override
  public CompletableFuture<Outcome<SubscriptionNews>> subscriptionNews() {
    return ask((rooms, reply) -> rooms.office().followings().news(reply));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> subscriptionsTold(List<FollowedSubscription> told) {
    return ask((rooms, reply) -> rooms.office().followings().told(told, reply));
  }

  // ---- what is owed

  @Override
  public CompletableFuture<Outcome<List<OwedMessage>>> owed(long afterId, int limit) {
    return ask((rooms, reply) -> rooms.office().outbox().owed(afterId, limit, reply));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> handedOver(List<Long> handed, List<Long> refused) {
    return ask((rooms, reply) -> rooms.office().outbox().handedOver(handed, refused, reply));
  }
}
