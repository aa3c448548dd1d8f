package io.rivulet.engine.shard;

import io.rivulet.engine.EngineListener;
import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Changes which lite topics clients follow.
 *
 * <p>A full sync ({@code REPLACE}) that finds what is there already costs one comparison of
 * fingerprints. It may have left the client before a single addition or removal that arrived
 * earlier: such changes of the last seconds win over it (PROTOCOL 6.2, races). In an exclusive
 * group only an addition takes a lite topic over; a full sync of a client that was pre-empted, and
 * does not know, does not.
 */
final class Subscriptions {
  /** Longer than a full sync is under way. */
  private static final long RECENT_MILLIS = 10_000;

  private static final Refusal FULL =
      new Refusal(RefusalCode.STORAGE_FULL, "the disk is full to the last reserve");

  /**
   * What the shard is asked.
   *
   * @param fingerprint sum of the hashes of the names, made on the caller's thread
   */
  record Request(SubscriptionChange change, long fingerprint, Consumer<Outcome<Integer>> reply) {}

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

  Subscriptions(
      ShardState state,
      Clients clients,
      LiteSets liteSets,
      Dispatcher dispatcher,
      Offsets offsets,
      EngineListener listener) {
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
  }

  static long fingerprint(Set<String> names) {
    long sum = 0;
    for (String name : names) {
      sum += Hash.of(name);
    }
    return sum;
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
    follow(group, topic);
    Client client = clients.seen(change.clientId());
    Client.LiteSet set = liteSets.of(client, group);
    Refusal overQuota = apply(request, group, topic, client, set);
    if (overQuota != null) {
      refuse(request, overQuota);
      return;
    }
    int count = set.count;
    recorder.whenDurable(() -> request.reply.accept(Outcome.ok(count)));
  }

  private @Nullable Refusal apply(
      Request request, Group group, Topic topic, Client client, Client.LiteSet set) {
    SubscriptionChange change = request.change;
    switch (change.action()) {
      case ADD -> {
        Refusal refusal = checkQuota(group, client, set, change.liteTopics());
        if (refusal != null) {
          return refusal;
        }
        for (String name : change.liteTopics()) {
          if (!recorder.hasRoomForProgress()) {
            return FULL;
          }
          add(group, topic, client, set, name, change.offset());
          remember(set, name, true);
        }
      }
      case REMOVE -> {
        for (String name : change.liteTopics()) {
          if (!recorder.hasRoomForProgress()) {
            return FULL;
          }
          remove(group, topic, client, set, name);
          remember(set, name, false);
        }
      }
      case REPLACE -> replace(request, group, topic, client, set);
      case CLEAR -> clear(group, client);
    }
    return null;
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
    return recorder.hasRoomForProgress() ? null : FULL;
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
      Group group, Client client, Client.LiteSet set, Set<String> names) {
    int quota = group.definition().liteSubscriptionQuota();
    if (set.count + names.size() <= quota) {
      return null;
    }
    long known =
        fold.subscriptionsOf(group, client.id).stream()
            .filter(each -> names.contains(each.liteTopic()))
            .count();
    if (set.count + names.size() - known <= quota) {
      return null;
    }
    return new Refusal(
        RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
        "the client follows "
            + set.count
            + " lite topics in the group '"
            + group.name()
            + "', with "
            + names.size()
            + " more it would exceed the quota of "
            + quota);
  }

  private void add(
      Group group,
      Topic topic,
      Client client,
      Client.LiteSet set,
      String name,
      Optional<OffsetOption> option) {
    List<Follower> followers = fold.followersOf(topic, name);
    boolean isNew =
        followers.stream()
            .noneMatch(each -> each.groupId() == group.id && each.clientId().equals(client.id));
    if (group.isExclusive()) {
      followers.stream()
          .filter(each -> each.groupId() == group.id && !each.clientId().equals(client.id))
          .forEach(each -> preempt(group, topic, each.clientId(), name));
    }
    Queue queue = queues.byName(topic, name);
    long start = queue == null ? offsets.startOfMissing(option) : -1;
    if (isNew || start >= 0) {
      recorder.record(new Change.Subscribed(group.id, topic.id, client.id, name, start));
    }
    if (isNew) {
      set.count++;
      set.fingerprint += Hash.of(name);
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
    boolean isThere =
        fold.followersOf(topic, name).stream()
            .anyMatch(each -> each.groupId() == group.id && each.clientId().equals(client.id));
    if (!isThere) {
      return;
    }
    recorder.record(new Change.Unsubscribed(group.id, topic.id, client.id, name));
    set.count--;
    set.fingerprint -= Hash.of(name);
    Queue queue = queues.byName(topic, name);
    Progress progress = queue == null ? null : queue.progressOf(group);
    if (progress != null) {
      dispatcher.touch(progress);
    }
    if (queue != null) {
      dispatcher.unsubscribed(queue);
    }
  }

  private void replace(
      Request request, Group group, Topic topic, Client client, Client.LiteSet set) {
    Set<String> wanted = request.change.liteTopics();
    long now = clock.millis();
    set.recent.values().removeIf(each -> now - each.atMillis() > RECENT_MILLIS);
    if (wanted.size() == set.count && request.fingerprint == set.fingerprint) {
      return;
    }
    Set<String> present = new HashSet<>();
    for (Fold.Subscription each : fold.subscriptionsOf(group, client.id)) {
      present.add(each.liteTopic());
    }
    int quota = group.definition().liteSubscriptionQuota();
    for (String name : wanted) {
      if (!present.contains(name)
          && !isRecent(set, name, false)
          && set.count < quota
          && recorder.hasRoomForProgress()
          && !isOwnedByAnother(group, topic, client, name)) {
        add(group, topic, client, set, name, Optional.empty());
      }
    }
    for (String name : present) {
      if (!wanted.contains(name) && !isRecent(set, name, true) && recorder.hasRoomForProgress()) {
        remove(group, topic, client, set, name);
      }
    }
  }

  private static boolean isRecent(Client.LiteSet set, String name, boolean isAddition) {
    Client.RecentChange recent = set.recent.get(name);
    return recent != null && recent.isAddition() == isAddition;
  }

  private void remember(Client.LiteSet set, String name, boolean isAddition) {
    set.recent.put(name, new Client.RecentChange(isAddition, clock.millis()));
  }

  private boolean isOwnedByAnother(Group group, Topic topic, Client client, String name) {
    return group.isExclusive()
        && fold.followersOf(topic, name).stream()
            .anyMatch(each ->
                each.groupId() == group.id
                    && !each.clientId().equals(client.id)
                    && clients.isAlive(each.clientId()));
  }

  /** At start: clients that follow something and may not come back are forgotten in time. */
  void load() {
    for (Fold.ClientOfGroup each : fold.subscribingClients()) {
      clients.remembered(each.clientId()).groupsAtStart.add(each.group());
    }
  }

  /** Ends all subscriptions of a client; whether none is left. */
  boolean clearAll(Client client) {
    for (Group group : client.groupsAtStart) {
      if (catalog.group(group.id) == group) {
        liteSets.of(client, group);
      }
    }
    client.groupsAtStart.clear();
    boolean isDone = true;
    for (Client.LiteSet set : List.copyOf(client.liteSets.values())) {
      clear(set.subscriber.group, client);
      dispatcher.answerAll(set.subscriber);
      isDone &= set.count <= 0;
    }
    return isDone;
  }

  /** Ends all subscriptions of a client in a group. */
  void clear(Group group, Client client) {
    Client.LiteSet set = liteSets.of(client, group);
    for (Fold.Subscription each : fold.subscriptionsOf(group, client.id)) {
      Topic topic = catalog.topic(each.topicId());
      if (topic != null && recorder.hasRoomForProgress()) {
        remove(group, topic, client, set, each.liteTopic());
      }
    }
    set.recent.clear();
  }

  private static void refuse(Request request, Refusal refusal) {
    request.reply.accept(Outcome.refused(refusal));
  }
}
