package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What records mean for subscriptions to streams; a part of the fold
 * ({@link Fold}).
 *
 * <p>A subscription stands at the end of every stream that it follows until something is appended
 * there: then a row is made that says where the end was. So making a subscription costs nothing per
 * stream, and an append to a topic that nobody subscribes to looks into one map.
 */
final class SubscriptionFold {
  private final Catalog catalog;
  private final QueueTable queues;
  private final Rows rows;
  private final int window;
  private final Map<Long, StreamSubscription> byId = new LinkedHashMap<>();
  private final Map<String, StreamSubscription> byName = new HashMap<>();

  /** Those that follow streams of a topic, by its name: the topic need not exist. */
  private final Map<String, List<StreamSubscription>> byTopic = new HashMap<>();

  /** Those whose rows are not written yet. */
  private final Set<StreamSubscription> dirty = new LinkedHashSet<>();

  /** Grows with each change of who follows what: links that queues remember are older then. */
  private long version = 1;

  /**
   * Makes the room.
   *
   * @param window pending queues of one subscription that are remembered
   */
  SubscriptionFold(Catalog catalog, QueueTable queues, Rows rows, int window) {
    this.catalog = catalog;
    this.queues = queues;
    this.rows = rows;
    this.window = window;
  }

  // ---- finding

  @Nullable StreamSubscription byName(String name) {
    return byName.get(name);
  }

  @Nullable StreamSubscription byId(long id) {
    return byId.get(id);
  }

  Collection<StreamSubscription> all() {
    return byId.values();
  }

  /** Who follows the queue, and how far they are in it. */
  List<StreamLink> links(Queue queue) {
    List<StreamSubscription> candidates = byTopic.get(queue.topic.name());
    if (candidates == null || queue.topic.type() != TopicType.LITE) {
      return List.of();
    }
    if (queue.linksVersion != version) {
      queue.linksVersion = version;
      queue.links = readLinks(queue, candidates);
    }
    return queue.links;
  }

  private List<StreamLink> readLinks(Queue queue, List<StreamSubscription> candidates) {
    StreamPath path = pathOf(queue);
    List<StreamLink> links = new ArrayList<>(1);
    for (StreamSubscription each : candidates) {
      if (each.follows(path)) {
        byte[] row = rows.get(Table.STREAM_LINK, Keys.of(each.id, queue.id));
        if (row == null) {
          links.add(new StreamLink(each, StreamLink.AT_END, false));
        } else {
          ByteReader in = new ByteReader(row);
          links.add(new StreamLink(each, in.getVarLong(), in.getBoolean()));
        }
      }
    }
    return links.isEmpty() ? List.of() : links;
  }

  @Nullable StreamLink link(StreamSubscription subscription, Queue queue) {
    for (StreamLink each : links(queue)) {
      if (each.subscription == subscription) {
        return each;
      }
    }
    return null;
  }

  static StreamPath pathOf(Queue queue) {
    return new StreamPath(queue.topic.name(), queue.name);
  }

  /** Whether something is pending; looks into the index if memory does not know. */
  boolean hasPending(StreamSubscription subscription) {
    if (subscription.pending.isEmpty() && subscription.misses) {
      subscription.misses = false;
      byte[] from = Keys.of(subscription.id);
      rows.scan(
          Table.STREAM_PENDING,
          from,
          Keys.after(from),
          (key, _) -> {
            subscription.misses = subscription.pending.size() == window;
            return !subscription.misses && subscription.pending.add(Keys.longAt(key, 8));
          });
    }
    return !subscription.pending.isEmpty();
  }

  // ---- events

  /** Messages were appended from this offset on. */
  void appended(Queue queue, long firstOffset) {
    if (byId.isEmpty()) {
      return;
    }
    for (StreamLink link : links(queue)) {
      if (!link.isPending) {
        boolean wasAtEnd = link.ackedOffset == StreamLink.AT_END;
        link.ackedOffset = wasAtEnd ? firstOffset : link.ackedOffset;
        link.isPending = true;
        write(link, queue);
      }
    }
  }

  /** A queue is about to be removed. */
  void removed(Queue queue) {
    if (!byId.isEmpty()) {
      links(queue).forEach(each -> forget(each.subscription, queue.id));
    }
  }

  /** The queue is nothing to the subscription any more. */
  void forget(StreamSubscription subscription, long queueId) {
    subscription.pending.remove(queueId);
    rows.delete(Table.STREAM_LINK, Keys.of(subscription.id, queueId));
    rows.delete(Table.STREAM_PENDING, Keys.of(subscription.id, queueId));
  }

  private void write(StreamLink link, Queue queue) {
    StreamSubscription subscription = link.subscription;
    byte[] key = Keys.of(subscription.id, queue.id);
    rows.put(
        Table.STREAM_LINK,
        key,
        new ByteWriter(10).putVarLong(link.ackedOffset).putBoolean(link.isPending).toBytes());
    if (!link.isPending) {
      rows.delete(Table.STREAM_PENDING, key);
      subscription.pending.remove(queue.id);
      return;
    }
    rows.put(Table.STREAM_PENDING, key, new byte[] {1});
    if (subscription.pending.size() < window) {
      subscription.pending.add(queue.id);
    } else {
      subscription.misses = true;
    }
  }

  // ---- records

  void apply(Change.OfSubscription change) {
    switch (change) {
      case Change.SubscriptionMade c -> {
        add(new StreamSubscription(c.id(), c.name(), c.definition(), c.atMillis()));
      }
      case Change.SubscriptionFollowed c -> apply(c);
      case Change.SubscriptionRemoved c -> remove(c.id());
      case Change.SubscriptionLinked c -> apply(c);
      case Change.SubscriptionTurned c -> {
        StreamSubscription subscription = byId.get(c.id());
        if (subscription != null) {
          subscription.wake = c.wake();
          dirty.add(subscription);
        }
      }
      case Change.StreamAcknowledged c -> apply(c);
      case Change.StreamLinked c -> apply(c);
    }
  }

  private void add(StreamSubscription subscription) {
    byId.put(subscription.id, subscription);
    byName.put(subscription.name, subscription);
    dirty.add(subscription);
    followersChanged(subscription);
  }

  private void remove(long id) {
    StreamSubscription subscription = byId.remove(id);
    if (subscription == null) {
      return;
    }
    subscription.isRemoved = true;
    subscription.pending.clear();
    byName.remove(subscription.name, subscription);
    dirty.remove(subscription);
    byTopic.values().forEach(each -> each.remove(subscription));
    byTopic.values().removeIf(List::isEmpty);
    version++;
    rows.delete(Table.STREAM_SUBSCRIPTION, Keys.of(id));
    rows.put(Table.META, Sweeps.key(Sweeps.Kind.UNLINK, id, 0), new byte[] {1});
  }

  private void followersChanged(StreamSubscription subscription) {
    Set<String> topics = new LinkedHashSet<>();
    subscription.definition.pattern().ifPresent(pattern -> topics.add(pattern.topic()));
    subscription.explicit.forEach(path -> topics.add(path.topic()));
    byTopic.values().forEach(each -> each.remove(subscription));
    byTopic.values().removeIf(List::isEmpty);
    topics.forEach(
        topic -> byTopic.computeIfAbsent(topic, _ -> new ArrayList<>(1)).add(subscription));
    version++;
  }

  private void apply(Change.SubscriptionLinked c) {
    StreamSubscription subscription = byId.get(c.id());
    if (subscription == null) {
      return;
    }
    boolean isChanged =
        c.isLinked() ? subscription.explicit.add(c.path()) : subscription.explicit.remove(c.path());
    if (!isChanged) {
      return;
    }
    subscription.revision++;
    dirty.add(subscription);
    followersChanged(subscription);
    forgetUnlessFollowed(subscription, c.path());
  }

  private void forgetUnlessFollowed(StreamSubscription subscription, StreamPath path) {
    Topic topic = catalog.topic(path.topic());
    Queue queue =
        topic == null || subscription.follows(path) ? null : queues.byName(topic, path.liteTopic());
    if (queue != null) {
      forget(subscription, queue.id);
    }
  }

  private void apply(Change.SubscriptionFollowed c) {
    StreamSubscription known = byId.get(c.id());
    if (known == null) {
      StreamSubscription followed =
          new StreamSubscription(c.id(), c.name(), c.definition(), c.atMillis());
      followed.revision = c.revision();
      add(followed);
    } else if (c.revision() > known.revision) {
      List<StreamPath> before = List.copyOf(known.explicit);
      known.revision = c.revision();
      known.explicit.clear();
      known.explicit.addAll(c.definition().streams());
      dirty.add(known);
      followersChanged(known);
      before.forEach(each -> forgetUnlessFollowed(known, each));
    }
  }

  private void apply(Change.StreamAcknowledged c) {
    StreamSubscription subscription = byId.get(c.id());
    Queue queue = queues.byId(c.queueId());
    StreamLink link = subscription == null || queue == null ? null : link(subscription, queue);
    if (link == null || queue == null || link.ackedOffset == StreamLink.AT_END) {
      return;
    }
    link.ackedOffset = Math.max(link.ackedOffset, c.offset());
    link.isPending = queue.nextOffset > link.ackedOffset;
    write(link, queue);
  }

  private void apply(Change.StreamLinked c) {
    StreamSubscription subscription = byId.get(c.id());
    Queue queue = queues.byId(c.queueId());
    StreamLink link = subscription == null || queue == null ? null : link(subscription, queue);
    if (link != null && queue != null) {
      link.ackedOffset = c.offset();
      link.isPending = c.isPending();
      write(link, queue);
    }
  }

  // ---- rows

  /** Reads subscriptions back at start. */
  void load() {
    rows.scan(
        Table.STREAM_SUBSCRIPTION,
        new byte[0],
        Keys.after(new byte[0]),
        (key, value) -> {
          StreamSubscription subscription = StreamSubscription.fromRow(Keys.longAt(key, 0), value);
          subscription.misses = true;
          add(subscription);
          return true;
        });
    dirty.clear();
  }

  void writeRows() {
    for (StreamSubscription each : dirty) {
      rows.put(Table.STREAM_SUBSCRIPTION, Keys.of(each.id), each.toRow());
    }
    dirty.clear();
  }
}
