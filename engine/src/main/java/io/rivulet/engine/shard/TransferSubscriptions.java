package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Owned by one thread. Takes subscriptions to streams along: after everything else, so that what
 * was filled in before is nothing new to them. Done again after a death it changes nothing.
 */
final class TransferSubscriptions {
  private static final int PAGE = 256;
  private static final byte[] FIRST = new byte[0];
  private static final byte[] LAST = Keys.after(FIRST);

  /** Where a queue is. */
  interface Places {
    TransferTarget of(TransferView source, Queue queue);
  }

  private final List<TransferView> sources;
  private final List<TransferTarget> targets;
  private final Places places;

  /** By their names, the ids of those that are held: what is known of others is left over. */
  private final Map<String, Long> held = new HashMap<>();

  TransferSubscriptions(List<TransferView> sources, List<TransferTarget> targets, Places places) {
    this.sources = sources;
    this.targets = targets;
    this.places = places;
  }

  void run() throws IOException {
    for (TransferView source : sources) {
      for (StreamSubscription each : source.subscriptions()) {
        if (source.holds(each)) {
          held.put(each.name, each.id);
          make(each);
        }
      }
    }
    for (TransferView source : sources) {
      links(source);
    }
  }

  private void make(StreamSubscription source) throws IOException {
    int home = ShardNumber.ofSubscription(source.name, targets.size());
    TransferTarget holder = targets.get(home);
    if (holder.subscription(source.name) == null) {
      holder.put(
          new Change.SubscriptionMade(
              holder.nextId(), source.name, source.definition, source.createdMillis));
    }
    StreamSubscription made = known(holder, source.name);
    for (StreamPath each : List.copyOf(made.explicit)) {
      if (!source.explicit.contains(each)) {
        holder.put(new Change.SubscriptionLinked(made.id, each, false));
      }
    }
    for (StreamPath each : source.explicit) {
      if (!made.explicit.contains(each)) {
        holder.put(new Change.SubscriptionLinked(made.id, each, true));
      }
    }
    // Who works for it has tokens that are not known any more: the next wake is another one.
    holder.put(new Change.SubscriptionTurned(made.id, source.wake.idle()));
    for (int number = 0; number < targets.size(); number++) {
      if (number != home && targets.get(number).subscription(source.name) == null) {
        targets
            .get(number)
            .put(
                new Change.SubscriptionFollowed(
                    made.id, made.name, partOf(source, number), made.createdMillis, made.revision));
      }
    }
  }

  private SubscriptionDefinition partOf(StreamSubscription source, int number) {
    return source.definition.with(
        source.explicit.stream()
            .filter(each ->
                ShardNumber.ofLite(each.topic(), each.liteTopic(), targets.size()) == number)
            .toList());
  }

  private static StreamSubscription known(TransferTarget target, String name) {
    StreamSubscription found = target.subscription(name);
    if (found == null) {
      throw new IllegalStateException("the subscription " + name + " was put and is not there");
    }
    return found;
  }

  /** How far they are in streams in which there was anything for them. */
  private void links(TransferView source) throws IOException {
    byte[] from = FIRST;
    while (true) {
      List<Row> page = source.rows().first(Table.STREAM_LINK, from, LAST, PAGE);
      for (Row row : page) {
        StreamSubscription subscription = source.subscription(Keys.longAt(row.key(), 0));
        Queue queue = source.queue(Keys.longAt(row.key(), 8));
        if (subscription != null && queue != null && isHeld(subscription)) {
          link(source, subscription, queue, new ByteReader(row.value()));
        }
      }
      if (page.size() < PAGE) {
        return;
      }
      from = Keys.after(page.getLast().key());
    }
  }

  /** If not it was deleted, and the shard that follows it was not there to hear of that. */
  private boolean isHeld(StreamSubscription subscription) {
    Long id = held.get(subscription.name);
    return id != null && id == subscription.id;
  }

  private void link(
      TransferView source, StreamSubscription subscription, Queue queue, ByteReader row)
      throws IOException {
    TransferTarget target = places.of(source, queue);
    Queue filled = target.queueFor(queue);
    if (filled != null) {
      target.put(
          new Change.StreamLinked(
              known(target, subscription.name).id, filled.id, row.getVarLong(), row.getBoolean()));
    }
  }
}
