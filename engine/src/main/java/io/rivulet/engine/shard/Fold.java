package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. The fold of the commit log: gives every record its effect on the
 * state, the same when it is made and when it is replayed.
 *
 * <p>Records about something that is no longer there (a queue reclaimed later, a group deleted
 * later) have no effect: at replay the index may already be ahead in no respect, but a record may
 * follow the deletion of what it names, made by a command that was under way.
 *
 * <p>Nothing here looks at the time, tells anybody anything or touches a ready set.
 */
final class Fold {
  private final Catalog catalog;
  private final QueueTable queues;
  private final Rows rows;
  private final RecentIds recentIds;
  private final ShardClock clock;
  private final Expiry expiry;
  private final SuspendedKeys suspendedKeys;
  private final StreamFold streams;
  private final SubscriptionFold subscriptions;
  private final Parked parked;
  private final TopicTallies tallies;
  private final TransferFold transfers;

  private long records;

  Fold(
      Catalog catalog,
      QueueTable queues,
      Rows rows,
      RecentIds recentIds,
      ShardClock clock,
      EngineConfig config,
      LongSupplier logEnd) {
    tallies = new TopicTallies(catalog, rows);
    parked = new Parked(queues, rows, recentIds, tallies, logEnd);
    expiry = new Expiry(config, queues, rows);
    streams = new StreamFold(queues, expiry);
    transfers = new TransferFold(catalog, queues, rows, expiry);
    subscriptions = new SubscriptionFold(catalog, queues, rows, config.readyWindow());
    suspendedKeys = new SuspendedKeys(catalog, rows, clock);
    this.catalog = catalog;
    this.queues = queues;
    this.rows = rows;
    this.recentIds = recentIds;
    this.clock = clock;
  }

  /** Reads definitions back at start. */
  void load() {
    recentIds.load(rows);
    byte[] first = new byte[0];
    byte[] last = Keys.after(new byte[0]);
    rows.scan(
        Table.TOPIC,
        first,
        last,
        (key, value) -> {
          Topic topic = catalog.newTopic(Keys.longAt(key, 0), Definitions.topicOfRow(value));
          catalog.add(topic);
          tallies.read(topic);
          return true;
        });
    rows.scan(
        Table.GROUP,
        first,
        last,
        (key, value) -> {
          catalog.add(catalog.newGroup(Keys.longAt(key, 0), Definitions.groupOfRow(value), clock));
          return true;
        });
    rows.scan(
        Table.GROUP_TOPIC,
        first,
        last,
        (key, value) -> {
          Group group = catalog.group(Keys.longAt(key, 0));
          Topic topic = catalog.topic(Keys.longAt(key, 8));
          if (group != null && topic != null) {
            follow(GroupTopic.fromRow(group, topic, value));
          }
          return true;
        });
    suspendedKeys.load();
    subscriptions.load();
    queues.tallies.load();
  }

  /** Enters what is not entered with each record, for {@link #load}. */
  void writeTallies() {
    tallies.write();
    subscriptions.writeRows();
    queues.tallies.write();
  }

  /** Records folded since the start. */
  long records() {
    return records;
  }

  void apply(Change change) {
    records++;
    switch (change) {
      case Change.TopicDefined c -> apply(c);
      case Change.TopicDeleted c -> apply(c);
      case Change.GroupDefined c -> apply(c);
      case Change.GroupDeleted c -> apply(c);
      case Change.TopicFollowed c -> apply(c);
      case Change.QueueMade c -> apply(c);
      case Change.QueueClassed c -> apply(c);
      case Change.KeySuspended c -> suspendedKeys.apply(c);
      case Change.QueueReclaimed c -> {
        Queue queue = queues.byId(c.queueId());
        if (queue != null) {
          streams.removed(queue);
          subscriptions.removed(queue);
          queues.remove(queue);
          if (queue.topic.type() == TopicType.LITE) {
            queue.topic.countLiteTopics(-1);
            tallies.changed(queue.topic);
          }
        }
      }
      case Change.QueueTrimmed c -> apply(c);
      case Change.OfStream c -> streams.apply(c);
      case Change.OfSubscription c -> subscriptions.apply(c);
      case Change.OfTransfer c -> transfers.apply(c);
      case Change.MessageCancelled c -> apply(c);
      case Change.MessageUnparked c -> parked.apply(c);
      case Change.QueueSuspended c -> {
        Progress progress = progress(c.groupId(), c.queueId());
        if (progress != null) {
          progress.suspend(c.untilMillis());
          queues.markDirty(progress);
        }
      }
      case Change.TtlChanged c -> {
        Queue queue = queues.byId(c.queueId());
        if (queue != null) {
          queue.ttlMillis = c.ttlMillis();
          expiry.retime(queue);
        }
      }
      case Change.Granted c -> apply(c);
      case Change.Acknowledged c -> {
        Progress progress = progress(c.groupId(), c.queueId());
        if (progress != null) {
          progress.acknowledge(c.from(), c.to());
          queues.markDirty(progress);
        }
      }
      case Change.LeaseChanged c -> {
        Progress progress = progress(c.groupId(), c.queueId());
        if (progress != null) {
          progress.change(
              c.offset(), c.leaseId(), c.visibleAtMillis(), c.isSuspension(), c.isUncounted());
          queues.markDirty(progress);
        }
      }
      case Change.ProgressReset c -> {
        Progress progress = progress(c.groupId(), c.queueId());
        if (progress != null) {
          progress.reset(c.offset());
          queues.markDirty(progress);
        }
      }
      case Change.Subscribed c -> apply(c);
      case Change.Unsubscribed c -> apply(c);
    }
  }

  /**
   * Messages were appended to a queue.
   *
   * @param chunksFrom where the first chunk of a message in chunks begins
   */
  void apply(Queue queue, Run run, long[] idHashes, long chunksFrom) {
    apply(queue, run, idHashes, chunksFrom, clock.millis());
  }

  /** A parked message joins a queue: it is found there by what names it where it was. */
  void join(Queue queue, Run run, Parked.Place place) {
    if (parked.removed(place)) {
      long[] moved = {SentMessages.moveHash(place.queueId(), place.offset())};
      apply(queue, run, moved, -1, clock.millis());
    }
  }

  private void apply(Queue queue, Run run, long[] idHashes, long chunksFrom, long atMillis) {
    records++;
    if (queue.topic.isParking) {
      parked.added(queue, run, chunksFrom);
    }
    queue.add(run);
    queue.nextOffset = run.endOffset();
    queue.lastAppendMillis = run.storeMillis;
    subscriptions.appended(queue, run.firstOffset);
    if (run.firstOffset == StreamState.beginOf(queue)) {
      // From the first message on it is known who has it before them.
      queues.beginProgress(queue);
    }
    queue.lastActiveMillis = Math.max(queue.lastActiveMillis, atMillis);
    queues.markDirty(queue);
    for (int i = 0; i < idHashes.length; i++) {
      recentIds.add(idHashes[i], queue.id, run.firstOffset + i);
    }
  }

  /** The same at replay: what is read back is durable, and was used when it was stored. */
  void replay(MessageRecord messages) {
    Queue queue = queues.byId(messages.queueId());
    if (queue != null) {
      clock.atLeast(messages.run().storeMillis);
      long storeMillis = messages.run().storeMillis;
      apply(queue, messages.run(), messages.idHashes(), messages.chunksFrom(), storeMillis);
      queue.visibleEnd = queue.nextOffset;
    }
  }

  void replay(JoinRecord joined) {
    Queue queue = queues.byId(joined.queueId());
    if (queue != null) {
      clock.atLeast(joined.run().storeMillis);
      join(queue, joined.run(), joined.parked());
      queue.visibleEnd = queue.nextOffset;
    }
  }

  private void apply(Change.QueueClassed c) {
    Queue queue = queues.byId(c.queueId());
    if (queue != null) {
      queue.priority = c.priority();
      queue.fairnessKey = c.fairnessKey();
      queues.markDirty(queue);
    }
  }

  private void apply(Change.QueueTrimmed c) {
    Queue queue = queues.byId(c.queueId());
    if (queue != null) {
      queue.firstOffset = Math.max(queue.firstOffset, c.firstOffset());
      queues.markDirty(queue);
    }
  }

  /** Whoever has it loses it as if acknowledged; all others pass it by when they come to it. */
  private void apply(Change.MessageCancelled c) {
    Queue queue = queues.byId(c.queueId());
    if (queue == null) {
      return;
    }
    queue.cancel(c.offset(), c.isMoved(), c.forgetBelow());
    queues.markDirty(queue);
    for (Progress progress : queue.progress) {
      if (progress.leaseOf(c.offset()) != null) {
        progress.acknowledge(c.offset(), c.offset() + 1);
        queues.markDirty(progress);
      }
    }
  }

  private void apply(Change.TopicDefined c) {
    Topic topic = catalog.topic(c.topicId());
    if (topic == null) {
      catalog.add(catalog.newTopic(c.topicId(), c.definition()));
    } else {
      topic.define(c.definition());
      putTask(Sweeps.Kind.RETIME, topic.id, 0);
    }
    rows.put(Table.TOPIC, Keys.of(c.topicId()), Definitions.toRow(c.definition()));
  }

  private void apply(Change.TopicDeleted c) {
    Topic topic = catalog.topic(c.topicId());
    if (topic == null) {
      return;
    }
    for (GroupTopic follower : topic.followers) {
      queues.tallies.forget(follower);
      follower.group.topics.remove(topic.id);
      rows.delete(Table.GROUP_TOPIC, Keys.of(follower.group.id, topic.id));
    }
    topic.removeFollowers();
    topic.isDeleted = true;
    catalog.remove(topic);
    rows.delete(Table.TOPIC, Keys.of(topic.id));
    tallies.forget(topic);
    putTask(Sweeps.Kind.PURGE, topic.id, 0);
  }

  /** Something remains to be done for many rows; it is not forgotten until it is done. */
  private void putTask(Sweeps.Kind kind, long first, long second) {
    rows.put(Table.META, Sweeps.key(kind, first, second), new byte[] {1});
  }

  private void apply(Change.GroupDefined c) {
    Group group = catalog.group(c.groupId());
    if (group == null) {
      catalog.add(catalog.newGroup(c.groupId(), c.definition(), clock));
    } else {
      group.define(c.definition());
      recount(group);
      group.topics.values().forEach(each -> each.topic.chooseKeyProperty());
    }
    rows.put(Table.GROUP, Keys.of(c.groupId()), Definitions.toRow(c.definition()));
  }

  /** What is leased counts to a key and a client as long as there are rules that ask for it. */
  private void recount(Group group) {
    if (group.gates.leased() == 0) {
      return;
    }
    for (Queue queue : queues.active()) {
      Progress progress = queue.progressOf(group);
      if (progress != null) {
        progress.recount();
      }
    }
  }

  private void apply(Change.GroupDeleted c) {
    Group group = catalog.group(c.groupId());
    if (group == null) {
      return;
    }
    for (GroupTopic followed : group.topics.values()) {
      queues.tallies.forget(followed);
      followed.topic.remove(followed);
      rows.delete(Table.GROUP_TOPIC, Keys.of(group.id, followed.topic.id));
    }
    group.topics.clear();
    group.isDeleted = true;
    catalog.remove(group);
    rows.delete(Table.GROUP, Keys.of(group.id));
    putTask(Sweeps.Kind.FORGET, group.id, 0);
  }

  private void apply(Change.TopicFollowed c) {
    Group group = catalog.group(c.groupId());
    Topic topic = catalog.topic(c.topicId());
    if (group == null || topic == null) {
      return;
    }
    GroupTopic known = group.topics.get(topic.id);
    if (known == null) {
      known = new GroupTopic(group, topic, c.startPosition(), c.startMillis(), c.filter());
      follow(known);
      if (!group.isByName()) {
        putTask(Sweeps.Kind.BACKFILL, group.id, topic.id);
      }
    } else {
      known.filterBy(c.filter());
    }
    rows.put(Table.GROUP_TOPIC, Keys.of(group.id, topic.id), known.toRow());
  }

  private static void follow(GroupTopic groupTopic) {
    groupTopic.group.topics.put(groupTopic.topic.id, groupTopic);
    groupTopic.topic.add(groupTopic);
  }

  private void apply(Change.QueueMade c) {
    Topic topic = catalog.topic(c.topicId());
    if (topic == null) {
      return;
    }
    Queue queue =
        new Queue(c.queueId(), topic, c.name(), c.priority(), c.fairnessKey(), c.createdPosition());
    queue.lastActiveMillis = c.atMillis();
    queues.add(queue);
    if (topic.type() == TopicType.LITE) {
      topic.countLiteTopics(1);
      tallies.changed(topic);
    }
    byte[] id = Keys.of(queue.id);
    rows.put(Table.QUEUE_NAME, Keys.of(topic.id, queue.name), id);
    if (queue.followers.stream().anyMatch(follower -> follower.startOffset() >= 0)) {
      // Where a group starts was said before there was a queue; the sayer may leave before it
      // moves.
      queues.beginProgress(queue);
      queue.progress.forEach(queues::markDirty);
    }
    expiry.retime(queue);
  }

  /** Subscriptions to streams. */
  SubscriptionFold subscriptions() {
    return subscriptions;
  }

  /** What waits for its time. */
  Parked parked() {
    return parked;
  }

  /** When queues expire. */
  Expiry expiry() {
    return expiry;
  }

  private void apply(Change.Granted c) {
    Progress progress = progress(c.groupId(), c.queueId());
    if (progress == null) {
      return;
    }
    for (int i = 0; i < c.offsets().length; i++) {
      long offset = c.offsets()[i];
      progress.grant(
          offset, c.leaseId(i), c.atMillis(), c.visibleAtMillis(), c.isRenewed(), c.clientId());
    }
    queues.markDirty(progress);
    Queue queue = progress.queue;
    if (queue.topic.type() == TopicType.LITE) {
      queue.lastActiveMillis = Math.max(queue.lastActiveMillis, c.atMillis());
      queues.markDirty(queue);
    }
  }

  private void apply(Change.Subscribed c) {
    Topic topic = catalog.topic(c.topicId());
    if (topic == null) {
      return;
    }
    // Before the rows are changed, so that it is found as it was counted.
    Queue queue = queues.byName(topic, c.liteTopic());
    byte[] subscriber = subscriberKey(c.topicId(), c.liteTopic(), c.groupId(), c.clientId());
    rows.put(
        Table.SUBSCRIBER, subscriber, new ByteWriter(10).putVarLong(c.startOffset() + 1).toBytes());
    byte[] subscription = Keys.of(c.groupId(), c.clientId(), c.liteTopic());
    if (rows.get(Table.SUBSCRIPTION, subscription) == null) {
      rows.put(Table.SUBSCRIPTION, subscription, Keys.of(c.topicId()));
      topic.countSubscriptions(1);
      summarize(c.groupId(), c.clientId(), set -> set.with(c.liteTopic()));
      tallies.changed(topic);
    }
    if (queue != null) {
      queue.removeFollower(c.groupId(), c.clientId());
      queue.add(new Follower(c.groupId(), c.clientId(), c.startOffset()));
      // What is in it is pending for one more, and the index is to know before it forgets this.
      queues.markDirty(queue);
    }
  }

  private void apply(Change.Unsubscribed c) {
    Topic topic = catalog.topic(c.topicId());
    Queue queue = topic == null ? null : queues.byName(topic, c.liteTopic());
    rows.delete(
        Table.SUBSCRIBER, subscriberKey(c.topicId(), c.liteTopic(), c.groupId(), c.clientId()));
    byte[] subscription = Keys.of(c.groupId(), c.clientId(), c.liteTopic());
    if (rows.get(Table.SUBSCRIPTION, subscription) != null) {
      rows.delete(Table.SUBSCRIPTION, subscription);
      summarize(c.groupId(), c.clientId(), set -> set.without(c.liteTopic()));
      if (topic != null) {
        topic.countSubscriptions(-1);
        tallies.changed(topic);
      }
    }
    if (queue != null) {
      queue.removeFollower(c.groupId(), c.clientId());
      queue.lastActiveMillis = Math.max(queue.lastActiveMillis, clock.millis());
      queues.markDirty(queue);
    }
  }

  private void summarize(long groupId, String clientId, UnaryOperator<Client.Summary> change) {
    Client.Summary changed = change.apply(summaryOf(groupId, clientId));
    byte[] key = Keys.of(groupId, clientId);
    if (changed.count() == 0) {
      rows.delete(Table.LITE_SET, key);
    } else {
      rows.put(
          Table.LITE_SET,
          key,
          new ByteWriter(13).putVarInt(changed.count()).putLong(changed.fingerprint()).toBytes());
    }
  }

  /** What a client follows in a group, in short. */
  Client.Summary summaryOf(long groupId, String clientId) {
    byte[] row = rows.get(Table.LITE_SET, Keys.of(groupId, clientId));
    if (row == null) {
      return Client.Summary.NONE;
    }
    ByteReader in = new ByteReader(row);
    return new Client.Summary(in.getVarInt(), in.getLong());
  }

  static byte[] subscriberKey(long topicId, String liteTopic, long groupId, String clientId) {
    return Keys.of(topicId, liteTopic, groupId, clientId);
  }

  /** The progress that a record speaks of; null if queue or group are gone. */
  private @Nullable Progress progress(long groupId, long queueId) {
    Group group = catalog.group(groupId);
    Queue queue = group == null ? null : queues.byId(queueId);
    if (group == null || queue == null) {
      return null;
    }
    GroupTopic groupTopic = group.topics.get(queue.topic.id);
    return groupTopic == null ? null : queues.progress(groupTopic, queue);
  }

  /** Whether a client of a LITE group follows a lite topic, which need not exist. */
  boolean isSubscribed(Group group, String clientId, String liteTopic) {
    return rows.get(Table.SUBSCRIPTION, Keys.of(group.id, clientId, liteTopic)) != null;
  }

  /** Lite topics that a client follows in a group, with their topic ids: the first after a name. */
  List<Subscription> subscriptionsOf(Group group, String clientId, String after, int limit) {
    List<Subscription> found = new ArrayList<>();
    byte[] all = Keys.of(group.id, clientId);
    byte[] from = after.isEmpty() ? all : Keys.after(Keys.of(group.id, clientId, after));
    rows.scan(
        Table.SUBSCRIPTION,
        from,
        Keys.after(all),
        (key, value) -> {
          found.add(
              new Subscription(new ByteReader(value).getLong(), Keys.textAt(key, all.length)));
          return found.size() < limit;
        });
    return found;
  }

  /** A lite topic that somebody follows. */
  record Subscription(long topicId, String liteTopic) {}

  /** Who follows a lite topic by name, whether or not it exists. */
  List<Follower> followersOf(Topic topic, String liteTopic) {
    List<Follower> found = new ArrayList<>();
    byte[] from = Keys.of(topic.id, liteTopic);
    rows.scan(
        Table.SUBSCRIBER,
        from,
        Keys.after(from),
        (key, value) -> {
          found.add(
              new Follower(
                  Keys.longAt(key, from.length),
                  Keys.textAt(key, from.length + 8),
                  new ByteReader(value).getVarLong() - 1));
          return true;
        });
    return found;
  }

  /** Clients that have subscriptions, with their groups, for the start. */
  List<ClientOfGroup> subscribingClients() {
    List<ClientOfGroup> found = new ArrayList<>();
    for (Group group : catalog.groups()) {
      if (group.definition().kind() != GroupKind.LITE) {
        continue;
      }
      byte[] from = Keys.of(group.id);
      byte[] end = Keys.after(from);
      String[] next = new String[1];
      while (true) {
        next[0] = "";
        rows.scan(
            Table.SUBSCRIPTION,
            from,
            end,
            (key, value) -> {
              next[0] = Keys.textAt(key, 8);
              return false;
            });
        if (next[0].isEmpty()) {
          break;
        }
        found.add(new ClientOfGroup(group, next[0]));
        from = Keys.after(Keys.of(group.id, next[0]));
      }
    }
    return found;
  }

  /** A client with a group that it is in. */
  record ClientOfGroup(Group group, String clientId) {}
}
