package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.LastAnswers;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.group.WaitEstimate;
import io.rivulet.engine.limit.Allotment;
import io.rivulet.engine.limit.LimitAsk;
import io.rivulet.engine.lite.LiteBacklog;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.Reprioritized;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Safe for all threads: its parts are. Many shards, here and on other nodes, as one engine: a
 * request goes to the shard that holds what it is about, or to all of them, and what they say is
 * put together. Requests wait for a moment while a shard moves.
 */
public final class RoutedEngine extends RoutedStreams {
  private static final long REFRESH_MILLIS = 2000;

  private final EngineConfig config;
  private final Shards shards;
  private final Placement placement;
  private final View view;
  private final Asking asking;
  private final Definer definer;
  private final Returns returns;
  private final PollHub hub;
  private final Members members;
  private final LimitRounds limits;
  private final Courier courier;
  private final WakeHub wakes;
  private final SubscriptionRounds subscriptions;
  private final EntryQuotas quotas;
  private final NodeCalls calls;

  /**
   * @param name of this node
   * @param thread one thread, which owns waiting polls; the caller's to end
   * @param bounds how long, and how many, requests wait for the owner of a shard
   * @param news what other nodes have to say to clients of this one
   */
  public RoutedEngine(
      String name,
      EngineConfig config,
      Shards shards,
      Clock clock,
      ScheduledExecutorService thread,
      Bounds bounds,
      EngineListener news) {
    this(name, config, shards, clock, thread, news, Ways.of(config, shards, clock, thread, bounds));
  }

  private RoutedEngine(
      String name,
      EngineConfig config,
      Shards shards,
      Clock clock,
      ScheduledExecutorService thread,
      EngineListener news,
      Ways ways) {
    super(ways);
    this.config = config;
    this.shards = shards;
    placement = ways.placement();
    view = ways.view();
    asking = ways.asking();
    definer = ways.definer();
    quotas = ways.quotas();
    returns =
        new Returns(
            this,
            new ShardParts(shards.count(), placement, asking),
            clock,
            (delay, task) -> {
              var _ = thread.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
            },
            config.maxLeaseTime());
    hub =
        new PollHub(
            new PollHub.Ground(
                name,
                shards,
                view,
                returns,
                clock,
                thread,
                new LongAdder(),
                new LongAdder(),
                config.scheduling().maxWaitingPolls(),
                config.maxMessageBytes()));
    members = new Members(shards, clock, config.clientTimeout());
    calls = new ThisNode(view, members, hub, news);
    limits = new LimitRounds(shards, clock, thread);
    courier =
        new Courier(
            shards,
            thread,
            message -> sendToShards("", List.of(message)).thenApply(List::getFirst));
    wakes = new WakeHub(shards, thread);
    subscriptions = new SubscriptionRounds(shards, ways, spreading(), thread);
    var _ =
        thread.scheduleWithFixedDelay(
            this::refresh, REFRESH_MILLIS, REFRESH_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Immutable.
   *
   * @param patience for how long a request waits while nobody serves its shard
   * @param maxWaiting how many requests may wait so at a time
   * @param maxForks of streams in other shards that are made at a time
   */
  public record Bounds(Duration patience, int maxWaiting, int maxForks) {}

  /** The settings of one of the shards: what is decided for all of them is not its business. */
  public static EngineConfig ofShard(EngineConfig whole, int shards) {
    return whole.toBuilder().autoCreateTopics(false).quotas(whole.quotas().partOf(shards)).build();
  }

  private void refresh() {
    var _ = view.refresh();
    members.forget();
    wakes.refresh();
  }

  /** What other nodes may ask of this one. */
  public NodeCalls calls() {
    return calls;
  }

  /** A shard that is served here has something for a consumer that does not poll there. */
  public void ready(int shard, String group, String topic, String clientId) {
    hub.ready(shard, group, topic, clientId);
  }

  /** What another node was answered last may not have reached its clients. */
  public void lost(LastAnswers.Doubt doubt) {
    returns.endRenewal(doubt.clients(), doubt.within());
  }

  /** Takes what was handed out, by any shard, and never reaches its client. */
  public Returns returns() {
    return returns;
  }

  /** A shard that is served here wants its part of limits that hold for all together. */
  public void limitsWanted(int shard, long delayMillis) {
    limits.wanted(shard, delayMillis);
  }

  /** A shard that is served here has something for others. */
  public void outgoing(int shard) {
    courier.outgoing(shard);
  }

  /** A shard that is served here has something to tell others about subscriptions to streams. */
  public void subscriptionNews(int shard) {
    subscriptions.news(shard);
  }

  @Override
  WakeHub wakes() {
    return wakes;
  }

  /** Requests that wait for the owner of a shard now. */
  public int waitingForOwner() {
    return asking.waiting();
  }

  /** Requests that were refused since their shard had no owner for too long. */
  public long lateForOwner() {
    return asking.late();
  }

  /** Requests that were refused since too many were waiting for owners. */
  public long turnedAway() {
    return asking.turnedAway();
  }

  /** Polls that wait on this node for messages of any shard now. */
  public int waitingPolls() {
    return hub.waitingPolls();
  }

  /** Polls that were refused since too many of one consumer were waiting on this node. */
  public long refusedPolls() {
    return hub.refusedPolls();
  }

  // ---- definitions

  @Override
  public Optional<TopicDefinition> topic(String name) {
    return view.topic(name);
  }

  @Override
  public long parked(String topic) {
    return shards.local().values().stream().mapToLong(each -> each.parked(topic)).sum();
  }

  @Override
  public Optional<GroupDefinition> group(String name) {
    return view.group(name);
  }

  @Override
  public Collection<TopicDefinition> topics() {
    return view.topics();
  }

  @Override
  public Collection<GroupDefinition> groups() {
    return view.groups();
  }

  @Override
  public CompletableFuture<Outcome<TopicDefinition>> defineTopic(TopicDefinition definition) {
    return definer.define(definition);
  }

  @Override
  public CompletableFuture<Outcome<TopicDefinition>> deleteTopic(String name) {
    return definer.deleteTopic(name);
  }

  @Override
  public CompletableFuture<Outcome<GroupDefinition>> defineGroup(GroupDefinition definition) {
    return definer.define(definition);
  }

  @Override
  public CompletableFuture<Outcome<GroupDefinition>> ensureGroup(GroupDefinition wanted) {
    return definer.ensure(wanted);
  }

  @Override
  public CompletableFuture<Outcome<GroupDefinition>> deleteGroup(String name) {
    return definer.deleteGroup(name);
  }

  // ---- groups

  @Override
  public CompletableFuture<Outcome<GroupView>> describeGroup(String name) {
    return asking
        .all(null, name, engine -> engine.describeGroup(name))
        .thenApply(all -> all.map(Together::groups));
  }

  @Override
  public CompletableFuture<Outcome<Filter>> subscribe(String group, String topic, Filter filter) {
    boolean isWhole = view.topic(topic).isPresent() && !view.isSpread(topic);
    return isWhole
        ? asking.one(
            placement.ofTopic(topic), topic, group, each -> each.subscribe(group, topic, filter))
        : asking
            .all(topic, group, each -> each.subscribe(group, topic, filter))
            .thenApply(all -> all.map(List::getFirst));
  }

  @Override
  public CompletableFuture<Outcome<SchedulingView>> describeScheduling(String group, int topKeys) {
    return asking
        .all(null, group, engine -> engine.describeScheduling(group, topKeys))
        .thenApply(all -> all.map(views -> Together.schedulings(views, topKeys)));
  }

  @Override
  public CompletableFuture<Outcome<WaitEstimate>> estimateWait(
      String group, int priority, String key) {
    return asking
        .all(null, group, engine -> engine.estimateWait(group, priority, key))
        .thenApply(all -> all.map(Together::waits));
  }

  @Override
  public CompletableFuture<Outcome<Instant>> suspendKey(
      String group, String key, Duration duration) {
    return asking
        .all(null, group, engine -> engine.suspendKey(group, key, duration))
        .thenApply(all -> all.map(Collections::max));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> resetOffset(
      String group, String topic, Optional<String> liteTopic, OffsetOption to) {
    return knowing(topic, () -> resetKnown(group, topic, liteTopic, to));
  }

  private CompletableFuture<Outcome<Integer>> resetKnown(
      String group, String topic, Optional<String> liteTopic, OffsetOption to) {
    if (liteTopic.isPresent() || !view.isSpread(topic)) {
      int shard =
          liteTopic
              .map(name -> placement.ofLite(topic, name))
              .orElseGet(() -> placement.ofTopic(topic));
      return asking.one(
          shard, topic, group, engine -> engine.resetOffset(group, topic, liteTopic, to));
    }
    return asking
        .all(topic, group, engine -> engine.resetOffset(group, topic, liteTopic, to))
        .thenApply(all -> all.map(Together::sum));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> redrive(String group, int limit) {
    return redrive(group, limit, 0, 0);
  }

  /** One shard after the other, until the limit is reached. */
  private CompletableFuture<Outcome<Integer>> redrive(
      String group, int limit, int shard, int done) {
    if (shard == shards.count() || done >= limit) {
      return CompletableFuture.completedFuture(Outcome.ok(done));
    }
    return asking
        .one(shard, null, group, engine -> engine.redrive(group, limit - done))
        .thenCompose(outcome ->
            switch (outcome) {
              case Outcome.Ok<Integer>(Integer more) ->
                  redrive(group, limit, shard + 1, done + more);
              case Outcome.Refused<Integer> _ -> CompletableFuture.completedFuture(outcome);
            });
  }

  // ---- messages

  @Override
  public CompletableFuture<List<Outcome<SendReceipt>>> send(String client, List<Message> messages) {
    if (messages.isEmpty()) {
      return asking.ask(0, engine -> engine.send(client, messages), refusal -> List.of());
    }
    return quotas
        .admit(client, messages.getFirst().topic(), messages)
        .thenCompose(refusal ->
            refusal.isEmpty()
                ? sendAdmitted(client, messages)
                : CompletableFuture.completedFuture(
                    Collections.nCopies(messages.size(), Outcome.refused(refusal.get()))));
  }

  private CompletableFuture<List<Outcome<SendReceipt>>> sendAdmitted(
      String client, List<Message> messages) {
    Message first = messages.getFirst();
    if (view.topic(first.topic()).isPresent() || !config.autoCreateTopics()) {
      return sendToShards(client, messages);
    }
    return definer
        .ensure(TopicDefinition.of(first.topic(), Together.typeFor(first)))
        // Refused: the shard says best what is wrong with the message.
        .thenCompose(_ -> sendToShards(client, messages));
  }

  private CompletableFuture<List<Outcome<SendReceipt>>> sendToShards(
      String client, List<Message> messages) {
    return new Split<>(messages, placement::of).ask((shard, part) -> send(shard, client, part));
  }

  private CompletableFuture<List<Outcome<SendReceipt>>> send(
      int shard, String client, List<Message> part) {
    CompletableFuture<List<Outcome<SendReceipt>>> reply = sendOnce(shard, client, part);
    return reply.thenCompose(outcomes -> {
      boolean isUnknown =
          outcomes.getFirst() instanceof Outcome.Refused<SendReceipt>(Refusal refusal)
              && Asking.isUnknown(refusal);
      return isUnknown
          ? view.teach(shard, part.getFirst().topic(), null)
              .map(taught -> taught.thenCompose(_ -> sendAgain(shard, client, part)))
              .orElse(reply)
          : reply;
    });
  }

  private CompletableFuture<List<Outcome<SendReceipt>>> sendAgain(
      int shard, String client, List<Message> part) {
    return sendOnce(shard, client, part)
        .thenApply(all -> all.stream().map(each -> Asking.toldOf(shard, each)).toList());
  }

  private CompletableFuture<List<Outcome<SendReceipt>>> sendOnce(
      int shard, String client, List<Message> part) {
    return asking.ask(
        shard,
        engine -> engine.send(client, part),
        refusal -> Collections.nCopies(part.size(), Outcome.refused(refusal)));
  }

  @Override
  public CompletableFuture<Outcome<List<DeliveredMessage>>> poll(PollRequest request) {
    return knowing(request.topic(), () -> pollKnown(request), answer -> giveBack(request, answer));
  }

  private CompletableFuture<Outcome<List<DeliveredMessage>>> pollKnown(PollRequest request) {
    if (view.isSpread(request.topic())) {
      return hub.poll(request);
    }
    return asking.one(
        placement.ofTopic(request.topic()),
        request.topic(),
        request.group(),
        Asking.Question.of(engine -> engine.poll(request), answer -> giveBack(request, answer)));
  }

  /** Whoever asked has gone: that was no attempt. */
  private void giveBack(PollRequest request, Outcome<List<DeliveredMessage>> unwanted) {
    if (unwanted instanceof Outcome.Ok<List<DeliveredMessage>>(List<DeliveredMessage> messages)) {
      returns.giveBack(request, messages);
    }
  }

  @Override
  public CompletableFuture<List<Outcome<String>>> acknowledge(
      String group, List<String> receiptHandles) {
    return new Split<>(receiptHandles, placement::ofReceipt)
        .ask((shard, part) ->
            asking.ask(
                shard,
                engine -> engine.acknowledge(group, part),
                refusal -> Collections.nCopies(part.size(), Outcome.refused(refusal))));
  }

  @Override
  public CompletableFuture<List<Outcome<String>>> release(
      String group, List<String> receiptHandles) {
    return new Split<>(receiptHandles, placement::ofReceipt)
        .ask((shard, part) ->
            asking.ask(
                shard,
                engine -> engine.release(group, part),
                refusal -> Collections.nCopies(part.size(), Outcome.refused(refusal))));
  }

  @Override
  public CompletableFuture<Outcome<String>> changeInvisible(
      String group, String receiptHandle, Duration invisible, boolean suspend) {
    return asking.one(
        placement.ofReceipt(receiptHandle),
        engine -> engine.changeInvisible(group, receiptHandle, invisible, suspend));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> settle(String group, String receiptHandle, int cost) {
    return asking.one(
        placement.ofReceipt(receiptHandle), engine -> engine.settle(group, receiptHandle, cost));
  }

  @Override
  public CompletableFuture<Outcome<String>> deadLetter(
      String group, String receiptHandle, String reason) {
    return asking.one(
        placement.ofReceipt(receiptHandle),
        engine -> engine.deadLetter(group, receiptHandle, reason));
  }

  @Override
  public CompletableFuture<Outcome<Cancellation>> cancel(String topic, String handle) {
    return asking.one(placement.ofMessage(handle), engine -> engine.cancel(topic, handle));
  }

  @Override
  public CompletableFuture<Outcome<Reprioritized>> reprioritize(
      String topic, String handle, int priority) {
    return asking.one(
        placement.ofMessage(handle), engine -> engine.reprioritize(topic, handle, priority));
  }

  // ---- clients

  @Override
  public void clientSeen(ClientInfo client) {
    members.seen(client);
  }

  @Override
  public boolean clientAlive(String clientId) {
    return members.alive(clientId);
  }

  @Override
  public void clientGone(String clientId) {
    members.gone(clientId);
  }

  @Override
  public CompletableFuture<Outcome<Integer>> endRenewal(
      Set<String> clientIds, Duration grantedWithin) {
    return asking
        .all(null, null, each -> each.endRenewal(clientIds, grantedWithin))
        .thenApply(all -> all.map(Together::sum));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> changeSubscription(SubscriptionChange change) {
    List<CompletableFuture<Outcome<Integer>>> replies = new ArrayList<>();
    Together.split(change, shards.count(), name -> placement.ofLite(change.topic(), name))
        .forEach((shard, part) ->
            replies.add(
                asking.one(
                    shard,
                    change.topic(),
                    change.group(),
                    engine -> engine.changeSubscription(part))));
    return Asking.together(replies).thenApply(all -> all.map(Together::sum));
  }

  // ---- lite topics

  @Override
  public CompletableFuture<Outcome<LiteTopicPage>> listLite(
      String topic, String prefix, String after, int limit) {
    return asking
        .all(topic, null, engine -> engine.listLite(topic, prefix, after, limit))
        .thenApply(all -> all.map(pages -> Together.pages(pages, limit)));
  }

  @Override
  public CompletableFuture<Outcome<List<LiteBacklog>>> topLite(String topic, int limit) {
    return asking
        .all(topic, null, engine -> engine.topLite(topic, limit))
        .thenApply(all -> all.map(tops -> Together.tops(tops, limit)));
  }

  @Override
  public CompletableFuture<Outcome<LiteTopicView>> describeLite(String topic, String name) {
    return lite(topic, name, null, engine -> engine.describeLite(topic, name));
  }

  @Override
  public CompletableFuture<Outcome<LiteTopicView>> reclaimLite(String topic, String name) {
    return lite(topic, name, null, engine -> engine.reclaimLite(topic, name));
  }

  @Override
  public CompletableFuture<Outcome<LiteTopicView>> setLiteTtl(
      String topic, String name, Optional<Duration> ttl) {
    return lite(topic, name, null, engine -> engine.setLiteTtl(topic, name, ttl));
  }

  // ---- this node

  /** Each limit has its home in one shard: that one is to be asked. */
  @Override
  public CompletableFuture<Outcome<List<Allotment>>> allot(String asker, List<LimitAsk> asks) {
    return CompletableFuture.completedFuture(
        Outcome.refused(
            RefusalCode.UNSUPPORTED, "asking all shards for one's limits is not possible"));
  }

  @Override
  public void wantSnapshot() {
    shards.local().values().forEach(Engine::wantSnapshot);
  }

  /** Of the shards that are here. */
  @Override
  public EngineStats stats() {
    return EngineStats.sum(shards.local().values().stream().map(Engine::stats).toList());
  }

  /** Ends nothing: shards and threads belong to whoever opened them. */
  @Override
  public void close() {}
}
