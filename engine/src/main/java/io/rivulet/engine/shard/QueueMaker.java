package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Finds the queues that messages join, and makes those that are missing.
 */
final class QueueMaker {
  /** In a topic for what waits: the queue of messages that will join whichever is next. */
  private static final String ANY = "-";

  private final int normalQueues;
  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final Ids ids;
  private final ShardClock clock;
  private final Dispatcher dispatcher;
  private final QuotaGuard quotas;
  private final Counters counters;

  QueueMaker(
      int normalQueues,
      ShardState state,
      Dispatcher dispatcher,
      QuotaGuard quotas,
      Counters counters) {
    this.normalQueues = normalQueues;
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    ids = state.ids();
    clock = state.clock();
    this.dispatcher = dispatcher;
    this.quotas = quotas;
    this.counters = counters;
  }

  Topic topic(String name, TopicType type) {
    recorder.record(new Change.TopicDefined(ids.next(), TopicDefinition.of(name, type)));
    Topic made = catalog.topic(name);
    if (made == null) {
      throw new IllegalStateException("topic " + name + " was recorded and is not there");
    }
    dispatcher.topicMade(made);
    return made;
  }

  /** Where what is sent to a topic waits for its time, by the queue that it will join. */
  Queue parkingQueue(Topic topic, Draft draft) {
    Topic parking = catalog.parkingOf(topic);
    if (parking == null) {
      recorder.record(
          new Change.TopicDefined(
              ids.next(),
              TopicDefinition.of(Names.PARKING_PREFIX + topic.name(), TopicType.NORMAL)));
      parking = catalog.parkingOf(topic);
    }
    if (parking == null) {
      throw new IllegalStateException("no topic for what waits of " + topic.name());
    }
    String name = draft.queueName().isEmpty() ? ANY : draft.queueName();
    Queue queue = queues.byName(parking, name);
    return queue == null ? make(parking, name, draft.demand()) : queue;
  }

  /** The queue that messages of a queue for what waits join. */
  Queue queueAfter(Topic topic, Queue parking) {
    String name = parking.name.equals(ANY) ? nextQueueOf(topic) : parking.name;
    Demand demand =
        new Demand(parking.fairnessKey, Demand.USUAL_COST, 0, Math.max(0, parking.priority));
    return queue(topic, name, demand, null);
  }

  /** Messages that may join any queue go into one after the other. */
  String nextQueueOf(Topic topic) {
    if (topic.name().startsWith(Names.DEAD_LETTER_PREFIX)) {
      return "0";
    }
    topic.nextQueue = (topic.nextQueue + 1) % normalQueues;
    return Integer.toString(topic.nextQueue);
  }

  Queue queue(Topic topic, String name, Demand demand, @Nullable String client) {
    Queue queue = queues.byName(topic, name);
    if (queue == null) {
      queue = make(topic, name, demand);
      if (topic.type() == TopicType.LITE) {
        counters.madeLiteTopics.increment();
        quotas.madeLiteTopic(client);
      }
      dispatcher.queueMade(queue);
    } else if (topic.type().isStrictlyOrdered()) {
      reclass(queue, demand);
    }
    return queue;
  }

  /** A session or message group keeps its order and is served as its newest message says. */
  private void reclass(Queue queue, Demand demand) {
    int priority = demand.priority() < 0 ? queue.priority : demand.priority();
    String key = demand.key().isEmpty() ? queue.fairnessKey : demand.key();
    if (priority != queue.priority || !key.equals(queue.fairnessKey)) {
      dispatcher.reclass(
          queue, () -> recorder.record(new Change.QueueClassed(queue.id, priority, key)));
    }
  }

  private Queue make(Topic topic, String name, Demand demand) {
    long id = ids.next();
    recorder.record(
        new Change.QueueMade(
            id,
            topic.id,
            name,
            Math.max(0, demand.priority()),
            ids.logEnd(),
            clock.millis(),
            demand.key()));
    Queue queue = queues.byId(id);
    if (queue == null) {
      throw new IllegalStateException("queue " + id + " was recorded and is not there");
    }
    return queue;
  }
}
