package io.rivulet.engine.shard;

import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageHandle;
import io.rivulet.engine.message.Reprioritized;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.shard.SentMessages.Sent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Gives messages that wait another priority, by their handles.
 *
 * <p>In a PRIORITY topic the message moves: a copy at the end of the queue of the new priority and
 * the cancellation at the old place are one batch of the log, and the copy has a deterministic id
 * hash, so there is never more than one of it. A lite topic or message group keeps its order: all
 * of it gets the priority.
 */
final class Priorities {
  private final SentMessages sent;
  private final Cancellations cancellations;
  private final Recorder recorder;
  private final Dispatcher dispatcher;
  private final Consumer<Appender.Request> append;
  private final MessageLoader loader;
  private final Counters counters;
  private final Executor readers;
  private final Consumer<Runnable> later;
  private final long maxBytesUnderWay;
  private long bytesUnderWay;

  Priorities(
      ShardState state,
      Cancellations cancellations,
      Dispatcher dispatcher,
      Consumer<Appender.Request> append,
      MessageLoader loader,
      Counters counters,
      Executor readers,
      Consumer<Runnable> later,
      long maxBytesUnderWay) {
    sent = new SentMessages(state);
    recorder = state.recorder();
    this.cancellations = cancellations;
    this.dispatcher = dispatcher;
    this.append = append;
    this.loader = loader;
    this.counters = counters;
    this.readers = readers;
    this.later = later;
    this.maxBytesUnderWay = maxBytesUnderWay;
  }

  /** One request. */
  private record Request(String handle, int priority, Consumer<Outcome<Reprioritized>> reply) {}

  /**
   * Gives a message another priority.
   *
   * @param topic the handle must be of a message of this topic; empty: of any
   */
  void reprioritize(
      String topic, String handle, int priority, Consumer<Outcome<Reprioritized>> reply) {
    Request request = new Request(handle, priority, reply);
    if (priority < 0) {
      refuse(
          request,
          new Refusal(
              RefusalCode.ILLEGAL_ARGUMENT, "a priority is from 0, higher first, not " + priority));
      return;
    }
    switch (sent.find(topic, handle)) {
      case Outcome.Refused<Sent>(Refusal refusal) -> refuse(request, refusal);
      case Outcome.Ok<Sent>(Sent message) -> {
        if (message.queue().topic.isParking) {
          refuse(request, notWaiting("the message waits for its delivery time"));
          return;
        }
        switch (message.queue().topic.type()) {
          case LITE, FIFO -> reclass(request, message);
          case PRIORITY -> beginMove(request, message);
          case NORMAL, DELAY, TRANSACTION ->
              refuse(
                  request,
                  new Refusal(
                      RefusalCode.TYPE_MISMATCH,
                      "the topic '%s' is %s and has no priorities: in a PRIORITY topic a message can be"
                              .formatted(message.queue().topic.name(), message.queue().topic.type())
                          + " given another one, in a LITE or FIFO topic a whole lite topic or"
                          + " message group"));
        }
      }
    }
  }

  private void reclass(Request request, Sent message) {
    Queue queue = message.queue();
    if (queue.priority != request.priority) {
      if (!recorder.hasRoomForProgress()) {
        refuse(request, recorder.noRoom());
        return;
      }
      dispatcher.reclass(
          queue,
          () ->
              recorder.record(
                  new Change.QueueClassed(queue.id, request.priority, queue.fairnessKey)));
      counters.reprioritizedMessages.increment();
    }
    answer(request, message.handle(), true);
  }

  private void answer(Request request, MessageHandle handle, boolean isWholeQueue) {
    Reprioritized answer = new Reprioritized(handle.encode(), request.priority, isWholeQueue);
    recorder.whenDurable(() -> request.reply.accept(Outcome.ok(answer)));
  }

  // ---- PRIORITY topics

  private void beginMove(Request request, Sent message) {
    Refusal running = refusedFor(message);
    if (running != null) {
      refuse(request, running);
      return;
    }
    if (message.queue().priority == request.priority) {
      answer(request, message.handle(), false);
      return;
    }
    long bytes = message.run().sizeOf(message.offset());
    if (bytesUnderWay > 0 && bytesUnderWay + bytes > maxBytesUnderWay) {
      refuse(
          request,
          new Refusal(
              RefusalCode.TOO_MANY_REQUESTS,
              "messages of " + bytesUnderWay + " bytes are being moved already: try again"));
      return;
    }
    bytesUnderWay += bytes;
    Request counted =
        new Request(
            request.handle,
            request.priority,
            outcome -> {
              bytesUnderWay -= bytes;
              request.reply.accept(outcome);
            });
    MessageLoader.Place place = message.place();
    recorder.whenWritten(() -> readers.execute(() -> read(counted, place)));
  }

  /** Nobody may have had it: whoever did would get it again. */
  private static @Nullable Refusal refusedFor(Sent message) {
    String by = message.by().orElse("");
    return switch (message.stage()) {
      case WAITING ->
          by.isEmpty()
              ? null
              : notWaiting("the group '" + by + "' has acknowledged the message already");
      case RUNNING ->
          notWaiting("the message is running: a client of the group '" + by + "' has it");
      case DONE -> notWaiting("the message is done: the group '" + by + "' has acknowledged it");
      case CANCELLED -> notWaiting("the message was cancelled");
    };
  }

  private static Refusal notWaiting(String what) {
    return new Refusal(
        RefusalCode.MESSAGE_NOT_WAITING,
        what + "; only a message that waits for all its groups can be given another priority");
  }

  private void read(Request request, MessageLoader.Place place) {
    try {
      Message message = loader.load(place).message();
      later.accept(() -> move(request, place, message));
    } catch (IOException e) {
      later.accept(() -> refuse(request, MessageLoader.refusalOf(e)));
    }
  }

  private void move(Request request, MessageLoader.Place place, Message message) {
    Outcome<Sent> found =
        sent.find("", new MessageHandle(place.queueId(), place.offset()).encode());
    switch (found) {
      case Outcome.Refused<Sent>(Refusal refusal) -> refuse(request, refusal);
      case Outcome.Ok<Sent>(Sent now) when isElsewhere(now, place) -> again(request, now);
      case Outcome.Ok<Sent>(Sent now) -> move(request, now, message);
    }
  }

  private static boolean isElsewhere(Sent now, MessageLoader.Place place) {
    return now.queue().id != place.queueId() || now.offset() != place.offset();
  }

  private void move(Request request, Sent now, Message message) {
    Refusal running = refusedFor(now);
    if (running != null) {
      refuse(request, running);
      return;
    }
    switch (cancellations.changeOf(now, true)) {
      case Outcome.Refused<Change>(Refusal refusal) -> refuse(request, refusal);
      case Outcome.Ok<Change>(Change cancelled) ->
          append.accept(
              new Appender.Request(
                  now.queue().topic.name(),
                  null,
                  List.of(copyOf(message, now, request.priority)),
                  false,
                  List.of(cancelled),
                  () -> refusedNow(now),
                  outcomes -> moved(request, outcomes.getFirst())));
    }
  }

  /** Somebody else has moved it meanwhile; from there it is moved on. */
  private void again(Request request, Sent now) {
    if (now.queue().priority == request.priority) {
      answer(request, now.handle(), false);
    } else {
      MessageLoader.Place place = now.place();
      recorder.whenWritten(() -> readers.execute(() -> read(request, place)));
    }
  }

  /** The copy of a large message takes its time; meanwhile the message may have gone on. */
  private @Nullable Refusal refusedNow(Sent then) {
    return switch (sent.find("", then.handle().encode())) {
      case Outcome.Refused<Sent>(Refusal refusal) -> refusal;
      case Outcome.Ok<Sent>(Sent now) when isElsewhere(now, then.place()) ->
          notWaiting("the message was given another priority by somebody else meanwhile");
      case Outcome.Ok<Sent>(Sent now) -> refusedFor(now);
    };
  }

  private static Draft copyOf(Message message, Sent from, int priority) {
    Message copy =
        Message.builder(message.topic(), message.id(), message.body())
            .gzip(message.gzip())
            .tag(message.tag())
            .keys(message.keys())
            .properties(message.properties())
            .priority(priority)
            .born(message.bornMillis(), message.bornHost())
            .traceContext(message.traceContext())
            .build();
    // As it was understood when it was sent: the property with the key may be another one now.
    Demand demand =
        new Demand(
            from.queue().fairnessKey,
            from.run().costOf(from.offset()),
            from.run().deadlineOf(from.offset()),
            priority);
    return Draft.of(copy, demand, SentMessages.moveHash(from.queue().id, from.offset()));
  }

  private void moved(Request request, Outcome<SendReceipt> outcome) {
    switch (outcome) {
      case Outcome.Refused<SendReceipt>(Refusal refusal) -> refuse(request, refusal);
      case Outcome.Ok<SendReceipt>(SendReceipt receipt) -> {
        counters.reprioritizedMessages.increment();
        request.reply.accept(
            Outcome.ok(new Reprioritized(receipt.handle(), request.priority, false)));
      }
    }
  }

  private void refuse(Request request, Refusal refusal) {
    counters.refusedRequests.increment();
    request.reply.accept(Outcome.refused(refusal));
  }
}
