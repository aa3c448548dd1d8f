package io.rivulet.engine.shard;

import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Fairness;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. Sends dead letters back to the topics that they came from, one after
 * the other. The new message and its removal from the dead-letter topic are one batch of the log,
 * and the new message has a deterministic id hash, so each is re-sent once, whatever happens.
 */
final class Redrive {
  private final Catalog catalog;
  private final QueueTable queues;
  private final MessageLoader loader;
  private final Appender appender;
  private final Executor readers;
  private final Consumer<Runnable> later;

  Redrive(
      ShardState state,
      MessageLoader loader,
      Appender appender,
      Executor readers,
      Consumer<Runnable> later) {
    catalog = state.catalog();
    queues = state.queues();
    this.loader = loader;
    this.appender = appender;
    this.readers = readers;
    this.later = later;
  }

  private record Pass(Group group, int limit, int done, Consumer<Outcome<Integer>> reply) {
    Pass oneMore() {
      return new Pass(group, limit, done + 1, reply);
    }
  }

  void redrive(String groupName, int limit, Consumer<Outcome<Integer>> reply) {
    Group group = catalog.group(groupName);
    if (group == null) {
      reply.accept(
          Outcome.refused(
              RefusalCode.GROUP_NOT_FOUND,
              "the consumer group '" + groupName + "' does not exist"));
      return;
    }
    next(new Pass(group, limit, 0, reply));
  }

  private void next(Pass run) {
    Topic topic = catalog.topic(DeadLetters.topicOf(run.group));
    Queue queue = topic == null ? null : queues.byName(topic, "0");
    long offset = queue == null ? 0 : queues.firstRetained(queue);
    Run found = queue == null ? null : queues.runAt(queue, offset);
    if (queue == null || found == null || offset >= queue.visibleEnd || run.done >= run.limit) {
      run.reply.accept(Outcome.ok(run.done));
      return;
    }
    MessageLoader.Place place = new MessageLoader.Place(queue.id, found, offset);
    readers.execute(() -> {
      try {
        StoredMessage stored = loader.load(place);
        Draft draft = draft(stored);
        later.accept(() -> append(run, place, stored.message(), draft));
      } catch (IOException e) {
        Refusal why = MessageLoader.refusalOf(e);
        later.accept(() ->
            run.reply.accept(
                Outcome.refused(
                    why.code(), "after " + run.done + " dead letters: " + why.message())));
      }
    });
  }

  private Draft draft(StoredMessage stored) {
    Message letter = stored.message();
    Message.Origin origin = letter.origin();
    Message message =
        Message.builder(
                origin == null ? letter.topic() : origin.topic(), letter.id(), letter.body())
            .gzip(letter.gzip())
            .tag(letter.tag())
            .keys(letter.keys())
            .properties(letter.properties())
            .messageGroup(letter.messageGroup())
            .liteTopic(letter.liteTopic())
            .priority(letter.priority())
            .born(letter.bornMillis(), letter.bornHost())
            .traceContext(letter.traceContext())
            .build();
    long idHash =
        Hash.of("redrive " + stored.queueId() + " " + stored.offset(), Hash.of(message.topic()));
    return Draft.of(message, demandOf(message), idHash);
  }

  private Demand demandOf(Message message) {
    Topic topic = catalog.topic(message.topic());
    try {
      return Demand.of(
          message.properties(), topic == null ? Fairness.DEFAULT_PROPERTY : topic.keyProperty());
    } catch (IllegalArgumentException e) {
      // Of another property than when it was sent.
      return Demand.NONE;
    }
  }

  private void append(Pass run, MessageLoader.Place place, Message letter, Draft draft) {
    Message.Origin origin = letter.origin();
    if (origin == null || catalog.topic(origin.topic()) == null) {
      run.reply.accept(
          Outcome.refused(
              RefusalCode.TOPIC_NOT_FOUND,
              "after "
                  + run.done
                  + " dead letters: the topic '"
                  + (origin == null ? letter.topic() : origin.topic())
                  + "' that the next one came from does not exist"));
      return;
    }
    Change trimmed = new Change.QueueTrimmed(place.queueId(), place.offset() + 1);
    appender.append(
        new Appender.Request(
            origin.topic(),
            null,
            List.of(draft),
            false,
            List.of(trimmed),
            outcomes -> {
              switch (outcomes.getFirst()) {
                case Outcome.Ok<?> _ -> next(run.oneMore());
                case Outcome.Refused<?> refused ->
                    run.reply.accept(Outcome.refused(refused.refusal()));
              }
            }));
  }
}
