package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.group.WaitEstimate;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.lite.LiteBacklog;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.Reprioritized;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionMade;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeKey;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Safe for all threads: hands every request to the shard's owner through a bounded queue. What the
 * shard does for callers, as futures.
 */
public final class RunningShard extends BetweenShards {
  private final EngineConfig config;
  private final Shard shard;
  private final ClientShares shares;

  public RunningShard(
      EngineConfig config,
      CommitLog log,
      Index index,
      Clock clock,
      RandomGenerator random,
      EngineListener listener,
      ShardThreads threads,
      ShardNumber number) {
    this.config = config;
    shard = new Shard(config, log, index, clock, random, listener, threads, number);
    shares = new ClientShares(config.maxQueuedPerClient());
  }

  /** The shard, for its owner. */
  public Shard shard() {
    return shard;
  }

  public void recover() throws IOException {
    shard.recover();
  }

  // ---- what needs no turn

  @Override
  public Optional<TopicDefinition> topic(String name) {
    Topic topic = shard.catalog().topic(name);
    return topic == null ? Optional.empty() : Optional.of(topic.definition());
  }

  @Override
  public long parked(String topicName) {
    Topic topic = shard.catalog().topic(topicName);
    Topic parking = topic == null ? null : shard.catalog().parkingOf(topic);
    return parking == null ? 0 : parking.parked();
  }

  @Override
  public Optional<GroupDefinition> group(String name) {
    Group group = shard.catalog().group(name);
    return group == null ? Optional.empty() : Optional.of(group.definition());
  }

  @Override
  public Collection<TopicDefinition> topics() {
    return shard.catalog().topics().stream().map(Topic::definition).toList();
  }

  @Override
  public Collection<GroupDefinition> groups() {
    return shard.catalog().groups().stream().map(Group::definition).toList();
  }

  @Override
  public boolean clientAlive(String clientId) {
    return shard.clients().alive(clientId);
  }

  @Override
  public EngineStats stats() {
    return shard.stats();
  }

  /** A snapshot of the index is made soon; {@link #stats} say when it is stored. */
  @Override
  public void wantSnapshot() {
    shard.offer(rooms -> rooms.upkeep().checkpoint().wantSnapshot());
  }

  // ---- messages

  @Override
  public CompletableFuture<List<Outcome<SendReceipt>>> send(String client, List<Message> messages) {
    CompletableFuture<List<Outcome<SendReceipt>>> reply = new CompletableFuture<>();
    List<Draft> drafts;
    switch (Sending.drafts(messages, config, topic -> Sending.keyPropertyOf(shard, topic))) {
      case Outcome.Ok<List<Draft>> ok -> drafts = ok.value();
      case Outcome.Refused<List<Draft>> refused -> {
        shard.counters().refusedRequests.increment();
        reply.complete(
            Collections.nCopies(Math.max(1, messages.size()), Outcome.refused(refused.refusal())));
        return reply;
      }
    }
    List<Settlement> settlements = Settlement.in(messages);
    Appender.Request request =
        new Appender.Request(
            messages.getFirst().topic(),
            client,
            drafts,
            config.autoCreateTopics(),
            List.of(),
            outcomes -> {
              Settlement.settle(settlements, outcomes, shard.rooms());
              shard.rooms().replies().completeAll(reply, outcomes);
            });
    if (!shares.enter(client)) {
      shard.counters().refusedRequests.increment();
      reply.complete(Collections.nCopies(messages.size(), tooMany(client)));
      return reply;
    }
    boolean isTaken =
        shard.offer(rooms -> {
          shares.leave(client);
          rooms.traffic().appender().append(request);
        });
    if (!isTaken) {
      shares.leave(client);
      reply.complete(Collections.nCopies(messages.size(), overloaded()));
    }
    return reply;
  }

  @Override
  public CompletableFuture<Outcome<List<DeliveredMessage>>> poll(PollRequest request) {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply = new CompletableFuture<>();
    if (!shard.offer(rooms -> Polling.poll(rooms, request, reply))) {
      reply.complete(overloaded());
    }
    return reply;
  }

  @Override
  public CompletableFuture<List<Outcome<String>>> acknowledge(
      String group, List<String> receiptHandles) {
    return askAll(
        receiptHandles.size(),
        (rooms, reply) -> rooms.traffic().acknowledger().acknowledge(group, receiptHandles, reply));
  }

  @Override
  public CompletableFuture<List<Outcome<String>>> release(
      String group, List<String> receiptHandles) {
    return askAll(
        receiptHandles.size(),
        (rooms, reply) -> rooms.traffic().acknowledger().release(group, receiptHandles, reply));
  }

  @Override
  public CompletableFuture<Outcome<String>> changeInvisible(
      String group, String receiptHandle, Duration invisible, boolean suspend) {
    return ask((rooms, reply) ->
        rooms
            .traffic()
            .acknowledger()
            .changeInvisible(group, receiptHandle, invisible.toMillis(), suspend, reply));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> settle(String group, String receiptHandle, int cost) {
    return ask((rooms, reply) ->
        reply.accept(rooms.traffic().settlements().settle(group, receiptHandle, cost)));
  }

  @Override
  public CompletableFuture<Outcome<SchedulingView>> describeScheduling(String group, int topKeys) {
    return ask((rooms, reply) -> rooms.office().survey().describe(group, topKeys, reply));
  }

  @Override
  public CompletableFuture<Outcome<WaitEstimate>> estimateWait(
      String group, int priority, String key) {
    return ask((rooms, reply) -> rooms.office().survey().estimate(group, priority, key, reply));
  }

  @Override
  public CompletableFuture<Outcome<Instant>> suspendKey(
      String group, String key, Duration duration) {
    return ask(
        (rooms, reply) -> rooms.traffic().keySuspensions().suspend(group, key, duration, reply));
  }

  @Override
  public CompletableFuture<Outcome<String>> deadLetter(
      String group, String receiptHandle, String reason) {
    return ask((rooms, reply) ->
        rooms.traffic().acknowledger().deadLetter(group, receiptHandle, reason, reply));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> redrive(String group, int limit) {
    return ask((rooms, reply) -> rooms.traffic().redrive().redrive(group, limit, reply));
  }

  @Override
  public CompletableFuture<Outcome<Cancellation>> cancel(String topic, String handle) {
    return ask((rooms, reply) -> rooms.traffic().cancellations().cancel(topic, handle, reply));
  }

  @Override
  public CompletableFuture<Outcome<Reprioritized>> reprioritize(
      String topic, String handle, int priority) {
    return ask((rooms, reply) ->
        rooms.traffic().priorities().reprioritize(topic, handle, priority, reply));
  }

  @Override
  public CompletableFuture<Outcome<ReadReply>> read(ReadRequest request) {
    CompletableFuture<Outcome<ReadReply>> reply = new CompletableFuture<>();
    if (!shard.offer(rooms -> rooms.traffic().reader().read(request, reply))) {
      reply.complete(overloaded());
    }
    return reply;
  }

  // ---- streams

  @Override
  public CompletableFuture<Outcome<StreamCreated>> createStream(
      String client, StreamCreation wanted) {
    return withDrafts(
        wanted.topic(),
        wanted.liteTopic(),
        wanted.messages(),
        (drafts, rooms, reply) ->
            rooms
                .traffic()
                .streamMaker()
                .create(wanted, drafts, client, config.autoCreateTopics(), reply));
  }

  @Override
  public CompletableFuture<Outcome<StreamAppended>> appendToStream(
      String client, StreamAppend wanted) {
    return withDrafts(
        wanted.topic(),
        wanted.liteTopic(),
        wanted.messages(),
        (drafts, rooms, reply) -> rooms.traffic().streams().append(wanted, drafts, client, reply));
  }

  @Override
  <T> CompletableFuture<Outcome<T>> withDrafts(
      String topic, String liteTopic, List<Message> messages, DraftsTaker<T> taker) {
    Refusal illegal = Names.checkTopic(topic);
    if (illegal == null) {
      illegal = Names.checkLiteTopic(liteTopic);
    }
    Outcome<List<Draft>> drafts =
        illegal != null
            ? Outcome.refused(illegal)
            : messages.isEmpty()
                ? Outcome.ok(List.of())
                : Sending.drafts(messages, config, name -> Sending.keyPropertyOf(shard, name));
    return switch (drafts) {
      case Outcome.Ok<List<Draft>>(List<Draft> ready) ->
          ask((rooms, reply) -> taker.take(ready, rooms, reply));
      case Outcome.Refused<List<Draft>>(Refusal refusal) -> {
        shard.counters().refusedRequests.increment();
        yield CompletableFuture.completedFuture(Outcome.refused(refusal));
      }
    };
  }

  @Override
  public CompletableFuture<Outcome<StreamView>> describeStream(String topic, String liteTopic) {
    return ask((rooms, reply) -> rooms.traffic().streams().describe(topic, liteTopic, reply));
  }

  @Override
  public CompletableFuture<Outcome<StreamView>> deleteStream(String topic, String liteTopic) {
    return ask((rooms, reply) -> rooms.traffic().streams().delete(topic, liteTopic, reply));
  }

  @Override
  public CompletableFuture<Outcome<StreamPage>> readStream(StreamRead wanted) {
    CompletableFuture<Outcome<StreamPage>> reply = new CompletableFuture<>();
    if (!shard.offer(rooms -> rooms.traffic().streams().read(wanted, reply))) {
      reply.complete(overloaded());
    }
    return reply;
  }

  // ---- subscriptions to streams

  @Override
  public CompletableFuture<Outcome<SubscriptionMade>> makeSubscription(
      String name, SubscriptionDefinition definition) {
    return ask(
        (rooms, reply) -> rooms.office().streamSubscriptions().make(name, definition, reply));
  }

  @Override
  public CompletableFuture<Outcome<SubscriptionView>> describeSubscription(String name, int limit) {
    return ask((rooms, reply) -> rooms.office().streamSubscriptions().describe(name, limit, reply));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> deleteSubscription(String name) {
    return ask((rooms, reply) -> rooms.office().streamSubscriptions().delete(name, reply));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> linkStreams(String name, List<StreamPath> streams) {
    return ask((rooms, reply) -> rooms.office().streamSubscriptions().link(name, streams, reply));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> unlinkStream(String name, StreamPath stream) {
    return ask((rooms, reply) -> rooms.office().streamSubscriptions().unlink(name, stream, reply));
  }

  @Override
  public CompletableFuture<Outcome<List<Wake>>> takeWakes(int limit) {
    CompletableFuture<Outcome<List<Wake>>> reply = new CompletableFuture<>();
    boolean isTaken =
        shard.offer(rooms ->
            rooms
                .office()
                .wakes()
                .take(limit, reply::isDone, wakes -> rooms.replies().complete(reply, wakes)));
    if (!isTaken) {
      reply.complete(overloaded());
    }
    return reply;
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> wakeDelivered(WakeKey wake) {
    return ask((rooms, reply) -> rooms.office().wakes().delivered(wake, reply));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> wakeFailed(WakeKey wake, Duration retryAfter) {
    return ask((rooms, reply) -> rooms.office().wakes().failed(wake, retryAfter, reply));
  }

  @Override
  public CompletableFuture<Outcome<Claimed>> claim(String subscription, String worker) {
    return ask((rooms, reply) -> rooms.office().wakes().claim(subscription, worker, reply));
  }

  @Override
  public CompletableFuture<Outcome<WakeAnswer>> acknowledgeStreams(
      WakeKey wake, List<StreamAck> acks, boolean isDone) {
    return ask((rooms, reply) -> rooms.office().wakes().acknowledge(wake, acks, isDone, reply));
  }

  // ---- clients and subscriptions

  @Override
  public void clientSeen(ClientInfo client) {
    shard.offer(rooms -> rooms.members().clients().seen(client));
  }

  @Override
  public void clientGone(String clientId) {
    shard.offer(rooms -> rooms.members().departures().goodbye(clientId));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> changeSubscription(SubscriptionChange change) {
    Client.Summary wanted = Client.Summary.of(change.liteTopics());
    if (Subscriptions.isSettled(shard.clients(), shard.catalog(), change, wanted)) {
      return CompletableFuture.completedFuture(Outcome.ok(wanted.count()));
    }
    Client client = shard.clients().get(change.clientId());
    if (client == null) {
      return changeSubscription(change, wanted);
    }
    client.subscriptionChanges.incrementAndGet();
    return changeSubscription(change, wanted)
        .whenComplete((_, _) -> client.subscriptionChanges.decrementAndGet());
  }

  private CompletableFuture<Outcome<Integer>> changeSubscription(
      SubscriptionChange change, Client.Summary wanted) {
    return ask((rooms, reply) -> {
      Group group = rooms.catalog().group(change.group());
      if (group != null && Subscriptions.isOfWholeGroup(group, change)) {
        rooms
            .office()
            .administration()
            .subscribe(
                change.group(), change.topic(), Filter.all(), all -> reply.accept(all.map(_ -> 0)));
      } else {
        rooms.members().subscriptions().change(new Subscriptions.Request(change, wanted, reply));
      }
    });
  }

  @Override
  public CompletableFuture<Outcome<Filter>> subscribe(String group, String topic, Filter filter) {
    return ask(
        (rooms, reply) -> rooms.office().administration().subscribe(group, topic, filter, reply));
  }

  // ---- definitions

  @Override
  public CompletableFuture<Outcome<TopicDefinition>> defineTopic(TopicDefinition definition) {
    return ask((rooms, reply) -> rooms.office().administration().defineTopic(definition, reply));
  }

  @Override
  public CompletableFuture<Outcome<TopicDefinition>> deleteTopic(String name) {
    return ask((rooms, reply) -> rooms.office().deletions().deleteTopic(name, reply));
  }

  @Override
  public CompletableFuture<Outcome<GroupDefinition>> defineGroup(GroupDefinition definition) {
    return ask((rooms, reply) -> rooms.office().administration().defineGroup(definition, reply));
  }

  @Override
  public CompletableFuture<Outcome<GroupDefinition>> ensureGroup(GroupDefinition wanted) {
    return ask((rooms, reply) -> rooms.office().administration().ensureGroup(wanted, reply));
  }

  @Override
  public CompletableFuture<Outcome<GroupDefinition>> deleteGroup(String name) {
    return ask((rooms, reply) -> rooms.office().deletions().deleteGroup(name, reply));
  }

  @Override
  public CompletableFuture<Outcome<GroupView>> describeGroup(String name) {
    return ask((rooms, reply) -> rooms.office().descriptions().describeGroup(name, reply));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> resetOffset(
      String group, String topic, Optional<String> liteTopic, OffsetOption to) {
    return ask((rooms, reply) -> rooms.office().resets().reset(group, topic, liteTopic, to, reply));
  }

  // ---- lite topics

  @Override
  public CompletableFuture<Outcome<LiteTopicPage>> listLite(
      String topic, String prefix, String after, int limit) {
    return ask(
        (rooms, reply) -> rooms.office().descriptions().list(topic, prefix, after, limit, reply));
  }

  @Override
  public CompletableFuture<Outcome<List<LiteBacklog>>> topLite(String topic, int limit) {
    return ask((rooms, reply) -> rooms.office().backlogs().top(topic, limit, reply));
  }

  @Override
  public CompletableFuture<Outcome<LiteTopicView>> describeLite(String topic, String name) {
    return ask((rooms, reply) -> rooms.office().descriptions().describe(topic, name, reply));
  }

  @Override
  public CompletableFuture<Outcome<LiteTopicView>> reclaimLite(String topic, String name) {
    return ask((rooms, reply) -> rooms.office().descriptions().reclaim(topic, name, reply));
  }

  @Override
  public CompletableFuture<Outcome<LiteTopicView>> setLiteTtl(
      String topic, String name, Optional<Duration> ttl) {
    return ask((rooms, reply) -> rooms.office().descriptions().setTtl(topic, name, ttl, reply));
  }

  @Override
  public CompletableFuture<Outcome<Instant>> suspendLite(
      String group, String topic, String name, Duration length) {
    return ask(
        (rooms, reply) -> rooms.office().suspensions().suspend(group, topic, name, length, reply));
  }

  /** Asks the shard for one outcome; the answer goes out with the others of its turn. */
  @Override
  <T> CompletableFuture<Outcome<T>> ask(BiConsumer<Rooms, Consumer<Outcome<T>>> request) {
    CompletableFuture<Outcome<T>> reply = new CompletableFuture<>();
    boolean isTaken =
        shard.offer(
            rooms -> request.accept(rooms, outcome -> rooms.replies().complete(reply, outcome)));
    if (!isTaken) {
      reply.complete(overloaded());
    }
    return reply;
  }

  /** Asks the shard about several things; one outcome for each. */
  private <T> CompletableFuture<List<Outcome<T>>> askAll(
      int count, BiConsumer<Rooms, Consumer<List<Outcome<T>>>> request) {
    CompletableFuture<List<Outcome<T>>> reply = new CompletableFuture<>();
    boolean isTaken =
        shard.offer(rooms ->
            request.accept(rooms, outcomes -> rooms.replies().completeAll(reply, outcomes)));
    if (!isTaken) {
      reply.complete(Collections.nCopies(count, overloaded()));
    }
    return reply;
  }

  private <T> Outcome<T> tooMany(String client) {
    return Outcome.refused(
        RefusalCode.TOO_MANY_REQUESTS,
        "more than %d sends of the client '%s' are waiting (engine.max-queued-per-client): try again"
            .formatted(shares.max(), client));
  }

  private <T> Outcome<T> overloaded() {
    shard.counters().refusedRequests.increment();
    return shard.takesNothing()
        ? Outcome.refused(RefusalCode.UNAVAILABLE, "the engine has stopped")
        : Outcome.refused(
            RefusalCode.TOO_MANY_REQUESTS,
            "more than " + config.maxQueuedCommands() + " requests are waiting: try again");
  }
}
