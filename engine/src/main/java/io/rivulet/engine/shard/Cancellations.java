package io.rivulet.engine.shard;

import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.ReplyAddress;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.shard.SentMessages.Sent;
import io.rivulet.engine.shard.SentMessages.Stage;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Cancels messages by their handles: a record says that the message is
 * delivered to nobody any more. Groups that have it lose it as if they had acknowledged it; others
 * skip it when they come to it, as they skip what their filter does not want.
 *
 * <p>The head of the message is read first, for its id and for where its answer goes. If somebody
 * may be at work on it, a note in the reply lite topic and the cancellation are one batch of the
 * log. If that lite topic is in another shard, the batch says that the note is owed there.
 */
final class Cancellations {
  /** Cancellations whose messages are being read; more are refused. */
  private static final int MAX_UNDER_WAY = 10_000;

  private final SentMessages sent;
  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final Dispatcher dispatcher;
  private final Consumer<Appender.Request> append;
  private final MessageLoader loader;
  private final Counters counters;
  private final Executor readers;
  private final Consumer<Runnable> later;
  private final Outbox outbox;
  private int underWay;

  Cancellations(
      ShardState state,
      Dispatcher dispatcher,
      Consumer<Appender.Request> append,
      MessageLoader loader,
      Counters counters,
      Executor readers,
      Consumer<Runnable> later,
      Outbox outbox) {
    this.outbox = outbox;
    sent = new SentMessages(state);
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    this.dispatcher = dispatcher;
    this.append = append;
    this.loader = loader;
    this.counters = counters;
    this.readers = readers;
    this.later = later;
  }

  /** What is needed of the message itself. */
  private record Head(String id, Optional<ReplyAddress> replyTo) {
    static Head of(Message message) {
      return new Head(message.id(), ReplyAddress.of(message.properties()));
    }

    /** Nobody is told: it could not be. */
    Head silent() {
      return new Head(id, Optional.empty());
    }
  }

  /** One request. */
  private record Request(String topic, String handle, Consumer<Outcome<Cancellation>> reply) {}

  /**
   * Cancels a message.
   *
   * @param topic the handle must be of a message of this topic; empty: of any
   */
  void cancel(String topic, String handle, Consumer<Outcome<Cancellation>> reply) {
    Request request = new Request(topic, handle, reply);
    switch (sent.find(topic, handle)) {
      case Outcome.Refused<Sent>(Refusal refusal) -> refuse(request, refusal);
      case Outcome.Ok<Sent> _ when underWay >= MAX_UNDER_WAY ->
          refuse(
              request,
              new Refusal(
                  RefusalCode.TOO_MANY_REQUESTS,
                  "more than " + MAX_UNDER_WAY + " cancellations are under way: try again"));
      case Outcome.Ok<Sent>(Sent message) -> {
        underWay++;
        MessageLoader.Place place = message.place();
        // Not before the run is written, like every read.
        recorder.whenWritten(() -> readers.execute(() -> read(request, place)));
      }
    }
  }

  private void read(Request request, MessageLoader.Place place) {
    Head head;
    try {
      List<StoredMessage> stored = loader.loadHeads(List.of(place));
      head = Head.of(stored.getFirst().message());
    } catch (IOException e) {
      // It can be cancelled nevertheless: nobody could get it anyway.
      head = new Head("", Optional.empty());
    }
    Head found = head;
    later.accept(() -> {
      underWay--;
      cancel(request, found);
    });
  }

  private void cancel(Request request, Head head) {
    switch (sent.find(request.topic, request.handle)) {
      case Outcome.Refused<Sent>(Refusal refusal) -> refuse(request, refusal);
      case Outcome.Ok<Sent>(Sent message) -> {
        switch (message.stage()) {
          case WAITING, RUNNING -> cancel(request, head, message);
          case DONE -> answer(request, head, Cancellation.Found.DONE);
          case CANCELLED -> answer(request, head, Cancellation.Found.CANCELLED);
        }
      }
    }
  }

  private void cancel(Request request, Head head, Sent message) {
    Outcome<Change> change = changeOf(message, false);
    switch (change) {
      case Outcome.Refused<Change>(Refusal refusal) -> refuse(request, refusal);
      case Outcome.Ok<Change>(Change cancelled) -> {
        Cancellation.Found found = foundIn(message);
        Message note = message.isHanded() ? note(message, head) : null;
        if (note == null) {
          recorder.record(cancelled);
          dispatcher.cancelled(message.queue().id);
          counters.cancelledMessages.increment();
          answer(request, head, found);
        } else if (outbox.isElsewhere(note)) {
          cancelOwing(request, head, message, note, cancelled);
        } else {
          cancelWithNote(request, head, message, Draft.of(note, Demand.NONE), cancelled);
        }
      }
    }
  }

  private void cancelOwing(
      Request request, Head head, Sent message, Message note, Change cancelled) {
    if (outbox.isFull()) {
      refuse(
          request,
          new Refusal(
              RefusalCode.TOO_MANY_REQUESTS,
              "more than %d notes are on their way to other shards: try again"
                  .formatted(Outbox.MAX_OWED)));
      return;
    }
    Cancellation.Found found = foundIn(message);
    recorder.record(cancelled);
    recorder.record(outbox.changeOf(note));
    dispatcher.cancelled(message.queue().id);
    counters.cancelledMessages.increment();
    outbox.owing();
    answer(request, head, found);
  }

  private static Cancellation.Found foundIn(Sent message) {
    return message.stage() == Stage.RUNNING
        ? Cancellation.Found.RUNNING
        : Cancellation.Found.WAITING;
  }

  private void cancelWithNote(
      Request request, Head head, Sent message, Draft note, Change cancelled) {
    Cancellation.Found found = foundIn(message);
    append.accept(
        new Appender.Request(
            topicOf(message, head).orElseThrow().name(),
            null,
            List.of(note),
            false,
            List.of(cancelled),
            () -> refusedNow(request),
            outcomes -> {
              if (outcomes.getFirst().isOk()) {
                counters.cancelledMessages.increment();
                request.reply.accept(Outcome.ok(new Cancellation(found, head.id)));
              } else {
                // It was acknowledged meanwhile, or the note can't be stored: look again, in
                // silence.
                cancel(request, head.silent());
              }
            }));
  }

  /** The note may have had to wait for others; by then the message may have gone on. */
  private @Nullable Refusal refusedNow(Request request) {
    boolean isOpen =
        sent.find(request.topic, request.handle) instanceof Outcome.Ok<Sent>(Sent message)
            && (message.stage() == Stage.WAITING || message.stage() == Stage.RUNNING);
    return isOpen
        ? null
        : new Refusal(RefusalCode.MESSAGE_NOT_WAITING, "the message is done or cancelled");
  }

  /**
   * The record that takes a message off its queue, if there is room for it.
   *
   * @param isMoved a copy of it goes to another queue
   */
  Outcome<Change> changeOf(Sent message, boolean isMoved) {
    if (!recorder.hasRoomForProgress()) {
      return Outcome.refused(recorder.noRoom());
    }
    Queue queue = message.queue();
    if (queue.topic.isParking) {
      long due = message.run().dueOf(message.offset());
      return Outcome.ok(new Change.MessageUnparked(queue.id, message.offset(), due, isMoved));
    }
    long forgetBelow = queues.firstRetained(queue);
    if (queue.cancelledFrom(0) >= CancelledOffsets.MAX) {
      // Groups that are yet to come will see those below; better than to refuse for ever.
      forgetBelow = Math.max(forgetBelow, lowestCommitted(queue));
      if (queue.cancelledFrom(forgetBelow) >= CancelledOffsets.MAX) {
        return Outcome.refused(
            RefusalCode.TOO_MANY_REQUESTS,
            "more than "
                + CancelledOffsets.MAX
                + " messages of this queue are cancelled and no group has come past them yet: try"
                + " again later");
      }
    }
    return Outcome.ok(
        new Change.MessageCancelled(queue.id, message.offset(), isMoved, forgetBelow));
  }

  private long lowestCommitted(Queue queue) {
    queues.beginProgress(queue);
    long lowest = queue.nextOffset;
    for (Progress progress : queue.progress) {
      lowest = progress.isGone() ? lowest : Math.min(lowest, progress.committed);
    }
    return lowest;
  }

  /** What tells whoever works on it; null if the message names no lite topic that could exist. */
  private @Nullable Message note(Sent message, Head head) {
    Optional<Topic> topic = topicOf(message, head);
    if (topic.isEmpty()) {
      return null;
    }
    String liteTopic = head.replyTo.map(ReplyAddress::liteTopic).orElse("");
    if (Names.checkLiteTopic(liteTopic) != null) {
      return null;
    }
    String id = ReplyAddress.CANCELLED_TAG + "-" + message.handle().encode();
    return Message.builder(topic.get().name(), id, new byte[0])
        .tag(ReplyAddress.CANCELLED_TAG)
        .properties(Map.of(ReplyAddress.CANCELLED_ID_PROPERTY, head.id))
        .liteTopic(liteTopic)
        .build();
  }

  /** The reply topic: a name without a namespace is one in the message's own. */
  private Optional<Topic> topicOf(Sent message, Head head) {
    if (head.replyTo.isEmpty()) {
      return Optional.empty();
    }
    String name = head.replyTo.get().topic();
    String namespace = Namespace.of(message.queue().topic.name());
    boolean isQualified = namespace.isEmpty() || name.indexOf('%') >= 0;
    Topic topic = catalog.topic(isQualified ? name : namespace + "%" + name);
    return topic != null && topic.type() == TopicType.LITE ? Optional.of(topic) : Optional.empty();
  }

  private void answer(Request request, Head head, Cancellation.Found found) {
    recorder.answer(Outcome.ok(new Cancellation(found, head.id)), request.reply);
  }

  private void refuse(Request request, Refusal refusal) {
    counters.refusedRequests.increment();
    request.reply.accept(Outcome.refused(refusal));
  }
}
