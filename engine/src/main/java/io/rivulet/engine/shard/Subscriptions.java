package io.rivulet.engine.shard;

import io.rivulet.engine.EngineListener;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Changes which lite topics clients follow.
 *
 * <p>Many names are taken a few at a time, so that others get in between. A full sync ({@code
 * REPLACE}) that finds what is there already does not come here: {@link #isSettled} is asked first,
 * on the caller's thread. It may have left the client before a single addition or removal that
 * arrived earlier: such changes of the last seconds win over it (PROTOCOL 6.2, races). In an
 * exclusive group only an addition takes a lite topic over; a full sync of a client that was
 * pre-empted, and does not know, does not.
 */
final class Subscriptions {
  /** Longer than a full sync is under way. */
  private static final long RECENT_MILLIS = 10_000;

  private static final int RECENT_NAMES = 1024;

  /** Names done per turn: a few milliseconds' work. */
  private static final int NAMES_PER_TURN = 256;

  /** Names read per turn: about a millisecond's work. */
  private static final int READ_NAMES_PER_TURN = 2048;

  /**
   * What the shard is asked.
   *
   * @param wanted the names in short, made on the caller's thread
   */
  record Request(
      SubscriptionChange change, Client.Summary wanted, Consumer<Outcome<Integer>> reply) {}

  /** A request that is being worked off. */
  private record Work(
      Request request,
      Group group,
      Topic topic,
      Client client,
      Client.LiteSet set,
      Iterator<String> additions,
      Iterator<String> removals) {}

  private final Catalog catalog;
  private final QueueTable queues;
  private final Fold fold;
  private final Recorder recorder;
  private final Ids ids;
  private final ShardClock clock;
  private final Clients clients;
  private final LiteSets liteSets;
  private final Dispatcher dispatcher;
  private final Offsets offsets;
  private final EngineListener listener;
  private final Consumer<Runnable> later;
  private final QuotaGuard quotas;

  Subscriptions(
      ShardState state,
      Clients clients,
      LiteSets liteSets,
      Dispatcher dispatcher,
      Offsets offsets,
      EngineListener listener,
      QuotaGuard quotas,
      Consumer<Runnable> later) {
    this.quotas = quotas;
    catalog = state.catalog();
    queues = state.queues();
    fold = state.fold();
    recorder = state.recorder();
    ids = state.ids();
    clock = state.clock();
    this.clients = clients;
    this.liteSets = liteSets;
    this.dispatcher = dispatcher;
    this.offsets = offsets;
    this.listener = listener;
    this.later = later;
  }

  /**
   * Whether a full sync changes nothing: the client durably follows just these. Safe for all
   * threads.
   */
  static boolean isSettled(
      Clients clients, Catalog catalog, SubscriptionChange change, Client.Summary wanted) {
    Group group = catalog.group(change.group());
    Client client = clients.get(change.clientId());
    Client.LiteSet set = client == null ? null : client.liteSets.get(change.group());
    return change.action() == SubscriptionChange.Action.REPLACE
        && group != null
        && client != null
        && set != null
        && set.subscriber.group == group
        && group.definition().boundTopic().equals(Optional.of(change.topic()))
        && client.subscriptionChanges.get() == 0
        && set.isSettledAs(wanted)
        && clients.alive(change.clientId());
  }

  /** Official clients say at start that they follow nothing by name; a prefix group agrees. */
  static boolean isOfWholeGroup(Group group, SubscriptionChange change) {
    return group.isLite() && !group.isByName() && change.liteTopics().isEmpty();
  }

  void change(Request request) {
    SubscriptionChange change = request.change;
    Group group = catalog.group(change.group());
    if (group == null) {
      refuse(
          request,
          new Refusal(
              RefusalCode.GROUP_NOT_FOUND, "the group '" + change.group() + "' does not exist"));
      return;
    }
    Refusal refusal = check(group, change);
    if (refusal != null) {
      refuse(request, refusal);
      return;
    }
    Topic topic = topicOf(change);
    if (topic == null) {
      refuse(
          request,
          new Refusal(
              RefusalCode.TOPIC_NOT_FOUND,
              "the topic '" + change.topic() + "' does not exist and could not be made"));
      return;
    }
    Refusal going = checkGoing(group, topic);
    if (going != null) {
      refuse(request, going);
      return;
    }
    follow(group, topic);
    Client client = clients.seen(change.clientId());
    Client.LiteSet set = liteSets.of(client, group);
    if (change.action() == SubscriptionChange.Action.ADD) {
      Refusal overQuota = checkQuota(group, topic, client, set, change.liteTopics());
      if (overQuota != null) {
        refuse(request, overQuota);
        return;
      }
    }
    begin(request, group, topic, client, set);
  }

  private void begin(Request request, Group group, Topic topic, Client client, Client.LiteSet set) {
    Set<String> names = request.change.liteTopics();
    switch (request.change.action()) {
      case ADD -> step(work(request, group, topic, client, set, names, List.of()));
      case REMOVE -> step(work(request, group, topic, client, set, List.of(), names));
      case REPLACE -> {
        if (set.is(request.wanted)) {
          step(work(request, group, topic, client, set, List.of(), List.of()));
          return;
        }
        namesOf(
            group,
            client,
            present -> {
              Collection<String> additions = new ArrayList<>(names);
              additions.removeAll(present);
              present.removeAll(names);
              step(work(request, group, topic, client, set, additions, present));
            });
      }
      case CLEAR ->
          namesOf(
              group,
              client,
              present -> step(work(request, group, topic, client, set, List.of(), present)));
    }
  }

  private static Work work(
      Request request,
      Group group,
      Topic topic,
      Client client,
      Client.LiteSet set,
      Collection<String> additions,
      Collection<String> removals) {
    return new Work(request, group, topic, client, set, additions.iterator(), removals.iterator());
  }

  /** Reads the names that a client follows, some thousands a turn. */
  private void namesOf(Group group, Client client, Consumer<Set<String>> then) {
    collect(group, client, "", new HashSet<>(), then);
  }

  private void collect(
      Group group, Client client, String after, Set<String> names, Consumer<Set<String>> then) {
    List<LiteSetFold.Subscription> some =
        fold.liteSets().subscriptionsOf(group, client.id, after, READ_NAMES_PER_TURN);
    some.forEach(each -> names.add(each.liteTopic()));
    if (some.size() < READ_NAMES_PER_TURN) {
      then.accept(names);
    } else {
      later.accept(() -> collect(group, client, some.getLast().liteTopic(), names, then));
    }
  }

  /** Does a few names, and the others later. */
  private void step(Work work) {
    boolean isThere =
        !work.group.isDeleted
            && !work.topic.isDeleted
            && checkGoing(work.group, work.topic) == null;
    int left = NAMES_PER_TURN;
    while (isThere && left > 0 && (work.removals.hasNext() || work.additions.hasNext())) {
      left--;
      if (!recorder.hasRoomForProgress()) {
        end(work, Outcome.refused(recorder.noRoom()));
        return;
      }
      if (work.removals.hasNext()) {
        leave(work, work.removals.next());
      } else {
        join(work, work.additions.next());
      }
    }
    if (left == 0 && isThere) {
      later.accept(() -> step(work));
    } else {
      end(
          work,
          isThere
              ? Outcome.ok(work.set.count())
              : Outcome.refused(
                  RefusalCode.GROUP_NOT_FOUND,
                  "the group '" + work.group.name() + "' or its topic is deleted meanwhile"));
    }
  }

  private void join(Work work, String name) {
    SubscriptionChange change = work.request.change;
    if (change.action() == SubscriptionChange.Action.ADD) {
      add(work.group, work.topic, work.client, work.set, name, change.offset());
      remember(work.set, name, true);
    } else if (!isRecent(work.set, name, false)
        && work.set.count() < work.group.definition().liteSubscriptionQuota()
        && quotas.checkSubscriptions(work.topic, 1) == null
        && !isOwnedByAnother(work.group, work.topic, work.client, name)) {
      add(work.group, work.topic, work.client, work.set, name, Optional.empty());
    }
  }

  private void leave(Work work, String name) {
    SubscriptionChange.Action action = work.request.change.action();
    if (action == SubscriptionChange.Action.REPLACE && isRecent(work.set, name, true)) {
      return;
    }
    remove(work.group, work.topic, work.client, work.set, name);
    if (action == SubscriptionChange.Action.REMOVE) {
      remember(work.set, name, false);
    }
  }

  private void end(Work work, Outcome<Integer> outcome) {
    recorder.whenDurable(() -> {
      work.set.settle();
      work.request.reply.accept(outcome);
    });
  }

  private @Nullable Refusal check(Group group, SubscriptionChange change) {
    if (!group.isLite()) {
      return new Refusal(
          RefusalCode.GROUP_MISMATCH,
          "the group '"
              + group.name()
              + "' follows whole topics; only LITE groups follow lite"
              + " topics");
    }
    String bound = group.definition().boundTopic().orElse("");
    if (!group.isByName()) {
      return new Refusal(
          RefusalCode.GROUP_MISMATCH,
          "the group '"
              + group.name()
              + "' follows "
              + Administration.describeFollowed(group.definition())
              + " of its parent topic; its clients can't follow lite topics by name");
    }
    if (!bound.equals(change.topic())) {
      return new Refusal(
          RefusalCode.GROUP_MISMATCH,
          "the group '"
              + group.name()
              + "' is bound to the topic '"
              + bound
              + "', not to '"
              + change.topic()
              + "'");
    }
    for (String name : change.liteTopics()) {
      Refusal illegal = Names.checkLiteTopic(name);
      if (illegal != null) {
        return illegal;
      }
    }
    return recorder.hasRoomForProgress() ? null : recorder.noRoom();
  }

  /** What is going to be deleted gets no new subscriptions, and loses those that it has anyway. */
  private static @Nullable Refusal checkGoing(Group group, Topic topic) {
    return group.isBeingDeleted
        ? Deletions.goingGroup(group)
        : topic.isBeingDeleted ? Deletions.goingTopic(topic) : null;
  }

  private @Nullable Topic topicOf(SubscriptionChange change) {
    Topic topic = catalog.topic(change.topic());
    if (topic == null && recorder.hasRoomForDefinitions()) {
      recorder.record(
          new Change.TopicDefined(
              ids.next(),
              io.rivulet.engine.topic.TopicDefinition.of(change.topic(), TopicType.LITE)));
      topic = catalog.topic(change.topic());
      if (topic != null) {
        dispatcher.topicMade(topic);
      }
    }
    return topic;
  }

  /** A LITE group follows its parent topic from its beginning; each lite topic starts by itself. */
  void follow(Group group, Topic topic) {
    if (!group.topics.containsKey(topic.id)) {
      recorder.record(
          new Change.TopicFollowed(group.id, topic.id, 0, 0, io.rivulet.engine.group.Filter.all()));
    }
  }

  private @Nullable Refusal checkQuota(
      Group group, Topic topic, Client client, Client.LiteSet set, Set<String> names) {
    int quota = group.definition().liteSubscriptionQuota();
    if (set.count() + names.size() <= quota) {
      return quotas.checkSubscriptions(topic, names.size()) == null
          ? null
          : quotas.checkSubscriptions(topic, unknown(group, client, names));
    }
    int unknown = unknown(group, client, names);
    if (set.count() + unknown <= quota) {
      return quotas.checkSubscriptions(topic, unknown);
    }
    return new Refusal(
        RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
        "the client follows "
            + set.count()
            + " lite topics in the group '"
            + group.name()
            + "', with "
            + names.size()
            + " more it would exceed the quota of "
            + quota);
  }

  private int unknown(Group group, Client client, Set<String> names) {
    return (int)
        names.stream()
            .filter(name -> !fold.liteSets().isSubscribed(group, client.id, name))
            .count();
  }

  private void add(
      Group group,
      Topic topic,
      Client client,
      Client.LiteSet set,
      String name,
      Optional<OffsetOption> option) {
    boolean isNew = !fold.liteSets().isSubscribed(group, client.id, name);
    if (group.isExclusive()) {
      fold.liteSets().followersOf(topic, name).stream()
          .filter(each -> each.groupId() == group.id && !each.clientId().equals(client.id))
          .forEach(each -> preempt(group, topic, each.clientId(), name));
    }
    Queue queue = queues.byName(topic, name);
    long start = queue == null ? offsets.startOfMissing(option) : -1;
    if (isNew || start >= 0) {
      recorder.record(new Change.Subscribed(group.id, topic.id, client.id, name, start));
    }
    if (isNew) {
      set.added(name);
    }
    GroupTopic groupTopic = group.topics.get(topic.id);
    if (queue != null && groupTopic != null) {
      Progress progress = queues.progress(groupTopic, queue);
      long to = option.isPresent() ? offsets.resolve(queue, option.get()) : Offsets.UNCHANGED;
      if (to != Offsets.UNCHANGED) {
        recorder.record(new Change.ProgressReset(group.id, queue.id, to));
      }
      queue.lastActiveMillis = Math.max(queue.lastActiveMillis, clock.millis());
      queues.markDirty(queue);
      dispatcher.touch(progress);
    }
  }

  private void preempt(Group group, Topic topic, String clientId, String name) {
    Client old = clients.remembered(clientId);
    remove(group, topic, old, liteSets.of(old, group), name);
    recorder.whenDurable(() -> listener.unsubscribed(clientId, group.name(), topic.name(), name));
  }

  private void remove(Group group, Topic topic, Client client, Client.LiteSet set, String name) {
    if (!fold.liteSets().isSubscribed(group, client.id, name)) {
      return;
    }
    recorder.record(new Change.Unsubscribed(group.id, topic.id, client.id, name));
    set.removed(name);
    Queue queue = queues.byName(topic, name);
    Progress progress = queue == null ? null : queue.progressOf(group);
    if (progress != null) {
      dispatcher.touch(progress);
    }
    if (queue != null) {
      dispatcher.unsubscribed(queue);
    }
  }

  private boolean isRecent(Client.LiteSet set, String name, boolean isAddition) {
    Client.RecentChange recent = set.recent.get(name);
    return recent != null
        && recent.isAddition() == isAddition
        && clock.millis() - recent.atMillis() <= RECENT_MILLIS;
  }

  private void remember(Client.LiteSet set, String name, boolean isAddition) {
    long now = clock.millis();
    if (set.recent.size() >= set.recentBeforePruning) {
      set.recent.values().removeIf(each -> now - each.atMillis() > RECENT_MILLIS);
      set.recentBeforePruning = Math.max(RECENT_NAMES, 2 * set.recent.size());
    }
    set.recent.put(name, new Client.RecentChange(isAddition, now));
  }

  private boolean isOwnedByAnother(Group group, Topic topic, Client client, String name) {
    return group.isExclusive()
        && fold.liteSets().followersOf(topic, name).stream()
            .anyMatch(each ->
                each.groupId() == group.id
                    && !each.clientId().equals(client.id)
                    && clients.isAlive(each.clientId()));
  }

  /** At start: clients that follow something and may not come back are forgotten in time. */
  void load() {
    for (LiteSetFold.ClientOfGroup each : fold.liteSets().subscribingClients()) {
      clients.remembered(each.clientId()).groupsAtStart.add(each.group());
    }
  }

  /**
   * Ends all subscriptions of a client that is leaving, a few at a time; stops if it comes back.
   *
   * @param done called when none is left
   */
  void clearAll(Client client, Runnable done) {
    for (Group group : client.groupsAtStart) {
      if (catalog.group(group.id) == group) {
        liteSets.of(client, group);
      }
    }
    client.groupsAtStart.clear();
    clearNext(client, List.copyOf(client.liteSets.values()).iterator(), done);
  }

  private void clearNext(Client client, Iterator<Client.LiteSet> sets, Runnable done) {
    if (!sets.hasNext()) {
      done.run();
      return;
    }
    Client.LiteSet set = sets.next();
    dispatcher.answerAll(set.subscriber);
    set.recent.clear();
    namesOf(
        set.subscriber.group,
        client,
        names -> clearSome(client, set, names.iterator(), () -> clearNext(client, sets, done)));
  }

  private void clearSome(Client client, Client.LiteSet set, Iterator<String> names, Runnable next) {
    Group group = set.subscriber.group;
    Topic topic = catalog.topic(group.definition().boundTopic().orElse(""));
    if (topic == null || catalog.group(group.id) != group) {
      next.run();
      return;
    }
    for (int left = NAMES_PER_TURN; names.hasNext() && left > 0; left--) {
      if (!client.isLeaving || !recorder.hasRoomForProgress()) {
        client.isLeaving = false;
        return;
      }
      remove(group, topic, client, set, names.next());
    }
    if (names.hasNext()) {
      later.accept(() -> clearSome(client, set, names, next));
    } else {
      next.run();
    }
  }

  /** Ends a subscription because its group or its topic is going to be deleted. */
  void end(long groupId, long topicId, String clientId, String name) {
    Group group = catalog.group(groupId);
    Topic topic = catalog.topic(topicId);
    if (group == null || topic == null || !fold.liteSets().isSubscribed(group, clientId, name)) {
      recorder.record(new Change.Unsubscribed(groupId, topicId, clientId, name));
      return;
    }
    Client client = clients.remembered(clientId);
    remove(group, topic, client, liteSets.of(client, group), name);
  }

  private static void refuse(Request request, Refusal refusal) {
    request.reply.accept(Outcome.refused(refusal));
  }
}
