package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Owned by the shard thread. Who follows which lite topics; a part of the fold ({@link Fold}). */
final class LiteSetFold {
  private final Catalog catalog;
  private final QueueTable queues;
  private final TopicTallies tallies;
  private final Rows rows;
  private final ShardClock clock;

  LiteSetFold(
      Catalog catalog, QueueTable queues, TopicTallies tallies, Rows rows, ShardClock clock) {
    this.catalog = catalog;
    this.queues = queues;
    this.tallies = tallies;
    this.rows = rows;
    this.clock = clock;
  }

  void apply(Change.OfLiteSet change) {
    switch (change) {
      case Change.Subscribed c -> subscribed(c);
      case Change.Unsubscribed c -> unsubscribed(c);
    }
  }

  private void subscribed(Change.Subscribed c) {
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

  private void unsubscribed(Change.Unsubscribed c) {
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
