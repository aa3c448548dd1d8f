package io.rivulet.engine.shard;

import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Deletes topics and groups, however much hangs on them: first the
 * subscriptions end, some a turn, then the deletion is recorded, with which all is gone at once.
 * The rows that are left are swept afterwards ({@link Sweeps}).
 *
 * <p>While a deletion is under way, nothing new follows what is going to be deleted. All else goes
 * on; what is sent meanwhile goes with the topic.
 */
final class Deletions {
  /** Subscriptions ended per step; each may load a queue. */
  private static final int SUBSCRIPTIONS_PER_STEP = 128;

  /** Clients looked at per step. */
  private static final int CLIENTS_PER_STEP = 1024;

  private final Catalog catalog;
  private final Recorder recorder;
  private final Rows rows;
  private final Clients clients;
  private final Dispatcher dispatcher;
  private final Subscriptions subscriptions;
  private final Sweeps sweeps;
  private final Errands errands;

  Deletions(
      ShardState state,
      Rows rows,
      Clients clients,
      Dispatcher dispatcher,
      Subscriptions subscriptions,
      Sweeps sweeps,
      Errands errands) {
    catalog = state.catalog();
    recorder = state.recorder();
    this.rows = rows;
    this.clients = clients;
    this.dispatcher = dispatcher;
    this.subscriptions = subscriptions;
    this.sweeps = sweeps;
    this.errands = errands;
  }

  void deleteTopic(String name, Consumer<Outcome<TopicDefinition>> reply) {
    Topic topic = catalog.topic(name);
    if (topic == null) {
      // Not before it is durable that it is gone.
      recorder.whenDurable(() -> reply.accept(noTopic(name)));
    } else if (topic.isBeingDeleted) {
      errands.begin(
          new Errands.Again<>(() -> topic.isBeingDeleted, () -> deleteTopic(name, reply), reply));
    } else {
      topic.isBeingDeleted = true;
      errands.begin(new OfTopic(topic, reply));
    }
  }

  void deleteGroup(String name, Consumer<Outcome<GroupDefinition>> reply) {
    Group group = catalog.group(name);
    if (group == null) {
      recorder.whenDurable(() -> reply.accept(noGroup(name)));
    } else if (group.isBeingDeleted) {
      errands.begin(
          new Errands.Again<>(() -> group.isBeingDeleted, () -> deleteGroup(name, reply), reply));
    } else {
      group.isBeingDeleted = true;
      errands.begin(new OfGroup(group, reply));
    }
  }

  static <T> Outcome<T> noTopic(String name) {
    return Outcome.refused(RefusalCode.TOPIC_NOT_FOUND, "the topic '" + name + "' does not exist");
  }

  static <T> Outcome<T> noGroup(String name) {
    return Outcome.refused(
        RefusalCode.GROUP_NOT_FOUND, "the consumer group '" + name + "' does not exist");
  }

  /** Why nothing new may follow this topic. */
  static Refusal goingTopic(Topic topic) {
    return new Refusal(
        RefusalCode.TOPIC_NOT_FOUND,
        "the topic '" + topic.name() + "' is being deleted: nothing new can follow it");
  }

  /** Why this group may follow and poll nothing. */
  static Refusal goingGroup(Group group) {
    return new Refusal(
        RefusalCode.GROUP_NOT_FOUND, "the consumer group '" + group.name() + "' is being deleted");
  }

  private interface Ending {
    /** Ends the subscription of which this is the row. */
    void end(byte[] key, byte[] value);
  }

  /** Owned by the shard thread. Ends the subscriptions that have rows within a range. */
  private final class Endings {
    private final Table table;
    private final byte[] end;
    private final Ending ending;
    private byte[] cursor;

    Endings(Table table, byte[] prefix, Ending ending) {
      this.table = table;
      this.ending = ending;
      cursor = prefix;
      end = Keys.after(prefix);
    }

    /** Ends some; whether there were any. Stops if the disk is full, which the next step finds. */
    boolean step() {
      List<Row> found = new ArrayList<>(SUBSCRIPTIONS_PER_STEP);
      rows.scan(
          table,
          cursor,
          end,
          (key, value) -> {
            found.add(new Row(key, value));
            return found.size() < SUBSCRIPTIONS_PER_STEP;
          });
      for (Row each : found) {
        if (!recorder.hasRoomForProgress()) {
          break;
        }
        ending.end(each.key(), each.value());
        cursor = Keys.after(each.key());
      }
      return !found.isEmpty();
    }
  }

  /** Owned by the shard thread. A topic's deletion. */
  private final class OfTopic implements Errands.Errand {
    private final Topic topic;
    private final Consumer<Outcome<TopicDefinition>> reply;
    private final Endings endings;

    OfTopic(Topic topic, Consumer<Outcome<TopicDefinition>> reply) {
      this.topic = topic;
      this.reply = reply;
      endings =
          new Endings(
              Table.SUBSCRIBER,
              Keys.of(topic.id),
              (key, _) -> {
                int afterName = Keys.afterText(key, 8);
                subscriptions.end(
                    Keys.longAt(key, afterName),
                    topic.id,
                    Keys.textAt(key, afterName + 8),
                    Keys.textAt(key, 8));
              });
    }

    @Override
    public boolean step() {
      if (!recorder.hasRoomForProgress()) {
        refuse(recorder.noRoom());
        return false;
      }
      if (endings.step()) {
        return true;
      }
      for (GroupTopic follower : List.copyOf(topic.followers)) {
        dispatcher.answerAll(follower.subscriber);
      }
      TopicDefinition definition = topic.definition();
      Topic parking = catalog.parkingOf(topic);
      if (parking != null) {
        // In the same batch: what waits must not outlive what it waits for.
        recorder.record(new Change.TopicDeleted(parking.id));
        sweeps.begin(Sweeps.Kind.PURGE, parking.id, 0);
      }
      Topic copies = catalog.copiesOf(topic);
      if (copies != null) {
        recorder.record(new Change.TopicDeleted(copies.id));
        sweeps.begin(Sweeps.Kind.PURGE, copies.id, 0);
      }
      recorder.record(new Change.TopicDeleted(topic.id));
      sweeps.begin(Sweeps.Kind.PURGE, topic.id, 0);
      topic.isBeingDeleted = false;
      recorder.whenDurable(() -> reply.accept(Outcome.ok(definition)));
      return false;
    }

    @Override
    public void refuse(Refusal reason) {
      topic.isBeingDeleted = false;
      reply.accept(Outcome.refused(reason));
    }
  }

  /** Owned by the shard thread. A group's deletion. */
  private final class OfGroup implements Errands.Errand {
    private final Group group;
    private final Consumer<Outcome<GroupDefinition>> reply;
    private final Endings endings;

    /** Begun when no subscription is left: clients that come later do not poll. */
    private @Nullable Iterator<Client> leaving;

    OfGroup(Group group, Consumer<Outcome<GroupDefinition>> reply) {
      this.group = group;
      this.reply = reply;
      endings =
          new Endings(
              Table.SUBSCRIPTION,
              Keys.of(group.id),
              (key, value) ->
                  subscriptions.end(
                      group.id,
                      Keys.longAt(value, 0),
                      Keys.textAt(key, 8),
                      Keys.textAt(key, Keys.afterText(key, 8))));
    }

    @Override
    public boolean step() {
      if (!recorder.hasRoomForProgress()) {
        refuse(recorder.noRoom());
        return false;
      }
      if (endings.step() || answerSome()) {
        return true;
      }
      group.topics.values().forEach(each -> dispatcher.answerAll(each.subscriber));
      GroupDefinition definition = group.definition();
      recorder.record(new Change.GroupDeleted(group.id));
      sweeps.begin(Sweeps.Kind.FORGET, group.id, 0);
      group.isBeingDeleted = false;
      recorder.whenDurable(() -> reply.accept(Outcome.ok(definition)));
      return false;
    }

    /** Answers the polls of some clients; whether there are more. */
    private boolean answerSome() {
      Iterator<Client> all = leaving == null ? clients.all().iterator() : leaving;
      leaving = all;
      for (int left = CLIENTS_PER_STEP; left > 0 && all.hasNext(); left--) {
        Client client = all.next();
        Client.LiteSet set = client.liteSets.get(group.name());
        if (set != null && set.subscriber.group == group) {
          dispatcher.answerAll(set.subscriber);
          client.liteSets.remove(group.name(), set);
        }
      }
      return all.hasNext();
    }

    @Override
    public void refuse(Refusal reason) {
      group.isBeingDeleted = false;
      reply.accept(Outcome.refused(reason));
    }
  }
}
