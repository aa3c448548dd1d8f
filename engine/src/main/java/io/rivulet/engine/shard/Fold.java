package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.util.function.LongSupplier;
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
  private final DoubtedGrants doubtedGrants;
  private final LiteSetFold liteSets;
  private final OutboxFold outbox;

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
    doubtedGrants = new DoubtedGrants(rows, config, this::records);
    liteSets = new LiteSetFold(catalog, queues, tallies, rows, clock);
    outbox = new OutboxFold(rows);
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
    outbox.load();
    queues.tallies.load();
    doubtedGrants.load();
    clock.atLeast(doubtedGrants.lastGrantMillis());
  }

  /** Enters what is not entered with each record, for {@link #load}. */
  void writeTallies() {
    tallies.write();
    subscriptions.writeRows();
    queues.tallies.write();
    doubtedGrants.writeRow();
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
      case Change.QueueReclaimed c -> apply(c);
      case Change.QueueTrimmed c -> apply(c);
      case Change.OfStream c -> streams.apply(c);
      case Change.OfSubscription c -> subscriptions.apply(c);
      case Change.OfTransfer c -> transfers.apply(c);
      case Change.OfServing c -> doubtedGrants.apply(c);
      case Change.OfOutbox c -> outbox.apply(c);
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
      case Change.GrantRepeated c -> {
        Progress progress = progress(c.groupId(), c.queueId());
        if (progress != null) {
          progress.grantAgain(c.offset(), c.atMillis());
          granted(c.atMillis());
          queues.markDirty(progress);
        }
      }
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
      case Change.OfLiteSet c -> liteSets.apply(c);
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

  /** Time does not go back from one owner to the next. */
  private void granted(long atMillis) {
    clock.atLeast(atMillis);
    doubtedGrants.granted(atMillis);
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

  private void apply(Change.QueueReclaimed c) {
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

  /** What is owed to other shards. */
  OutboxFold outbox() {
    return outbox;
  }

  /** What waits for its time. */
  Parked parked() {
    return parked;
  }

  /** Who follows which lite topics. */
  LiteSetFold liteSets() {
    return liteSets;
  }

  /** Grants whose answers may not have arrived. */
  DoubtedGrants doubtedGrants() {
    return doubtedGrants;
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
    granted(c.atMillis());
    queues.markDirty(progress);
    Queue queue = progress.queue;
    if (queue.topic.type() == TopicType.LITE) {
      queue.lastActiveMillis = Math.max(queue.lastActiveMillis, c.atMillis());
      queues.markDirty(queue);
    }
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
}
