package io.rivulet.engine.shard;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamProducer;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.time.ShardClock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Lite topics as streams: made with a content type, appended to under
 * conditions, closed, read to their end.
 *
 * <p>Whether something may be appended is decided at the moment at which it is, and what is then
 * remembered of it (the producer's number, that the stream is closed) is recorded in the same batch
 * of the log: after a crash both are there or neither.
 */
final class Streams {
  /**
   * A read is recorded when this part of the TTL has passed since the last one that was: so much
   * earlier a stream may end after a crash.
   */
  private static final int USES_PER_TTL = 16;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final ShardClock clock;
  private final Appender appender;
  private final QueueReader reader;
  private final Reclaimer reclaimer;

  Streams(ShardState state, Appender appender, QueueReader reader, Reclaimer reclaimer) {
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    clock = state.clock();
    this.appender = appender;
    this.reader = reader;
    this.reclaimer = reclaimer;
  }

  // ---- finding

  /** The lite topic, unless its time is over. */
  private @Nullable Queue find(String topicName, String liteTopic) {
    Topic topic = catalog.topic(topicName);
    Queue queue = topic == null ? null : queues.byName(topic, liteTopic);
    if (queue != null && reclaimer.isOver(queue, clock.millis())) {
      if (recorder.hasRoomForProgress()) {
        reclaimer.reclaim(queue);
      }
      return null;
    }
    return queue;
  }

  private static Refusal missing(String topic, String liteTopic) {
    return new Refusal(
        RefusalCode.LITE_TOPIC_NOT_FOUND,
        "the lite topic '" + liteTopic + "' of '" + topic + "' does not exist");
  }

  private static StreamDefinition definitionOf(Queue queue) {
    return queue.stream == null
        ? StreamDefinition.of(StreamDefinition.BYTES)
        : queue.stream.definition;
  }

  private static StreamView view(Queue queue, long endOffset) {
    return new StreamView(queue.id, definitionOf(queue), endOffset, queue.isClosed());
  }

  /** What is durable: the end may be ahead of it. */
  private static StreamView viewForReaders(Queue queue) {
    return new StreamView(
        queue.id,
        definitionOf(queue),
        queue.visibleEnd,
        queue.isClosed() && queue.visibleEnd == queue.nextOffset);
  }

  void describe(String topic, String liteTopic, Consumer<Outcome<StreamView>> reply) {
    Queue queue = find(topic, liteTopic);
    if (queue == null) {
      reply.accept(Outcome.refused(missing(topic, liteTopic)));
    } else {
      // Not before: it may just have been made, or closed.
      StreamView view = viewForReaders(queue);
      recorder.whenDurable(() -> reply.accept(Outcome.ok(view)));
    }
  }

  // ---- making

  void create(
      StreamCreation wanted,
      List<Draft> drafts,
      String client,
      boolean createsTopic,
      Consumer<Outcome<StreamCreated>> reply) {
    Queue found = find(wanted.topic(), wanted.liteTopic());
    if (found != null) {
      answerFound(found, wanted, reply);
      return;
    }
    Creation creation = new Creation(wanted, client, reply);
    if (drafts.isEmpty()) {
      creation.makeEmpty();
    } else {
      appender.append(
          new Appender.Request(
              wanted.topic(),
              client,
              drafts,
              createsTopic,
              List.of(),
              creation::make,
              creation::appended));
    }
  }

  private void answerFound(
      Queue found, StreamCreation wanted, Consumer<Outcome<StreamCreated>> reply) {
    StreamView view = view(found, found.nextOffset);
    boolean isSame =
        view.definition().equals(wanted.definition()) && view.isClosed() == wanted.isClosed();
    recorder.whenDurable(() ->
        reply.accept(
            Outcome.ok(isSame ? new StreamCreated.Found(view) : new StreamCreated.Differs(view))));
  }

  /** Owned by the shard thread. One stream that is being made. */
  private final class Creation {
    private final StreamCreation wanted;
    private final String client;
    private final Consumer<Outcome<StreamCreated>> reply;
    private @Nullable Queue made;
    private @Nullable Queue found;

    private Creation(StreamCreation wanted, String client, Consumer<Outcome<StreamCreated>> reply) {
      this.wanted = wanted;
      this.client = client;
      this.reply = reply;
    }

    private void makeEmpty() {
      Refusal refusal =
          recorder.hasRoomForDefinitions()
              ? make()
              : new Refusal(RefusalCode.STORAGE_FULL, "the disk is full");
      if (refusal != null) {
        reply.accept(Outcome.refused(refusal));
      } else {
        answerMade();
      }
    }

    /** Right before its messages are appended: it goes into one batch with them. */
    private @Nullable Refusal make() {
      Queue other = find(wanted.topic(), wanted.liteTopic());
      if (other != null) {
        // Made by somebody else while large messages came.
        found = other;
        return missing(wanted.topic(), wanted.liteTopic());
      }
      return switch (appender.liteParent(wanted.topic())) {
        case Outcome.Refused<Topic>(Refusal refusal) -> refusal;
        case Outcome.Ok<Topic>(Topic topic) ->
            switch (appender.makeLite(topic, wanted.liteTopic(), client)) {
              case Outcome.Refused<Queue>(Refusal refusal) -> refusal;
              case Outcome.Ok<Queue>(Queue queue) -> {
                recorder.record(new Change.StreamMade(queue.id, wanted.definition()));
                made = queue;
                yield null;
              }
            };
      };
    }

    private void appended(List<Outcome<SendReceipt>> outcomes) {
      if (found != null) {
        answerFound(found, wanted, reply);
        return;
      }
      Refusal refusal = firstRefusal(outcomes);
      if (refusal != null) {
        reply.accept(Outcome.refused(refusal));
      } else {
        answerMade();
      }
    }

    private void answerMade() {
      Queue queue = made;
      if (queue == null) {
        throw new IllegalStateException("the stream was made and is not there");
      }
      if (wanted.isClosed()) {
        recorder.record(new Change.StreamWritten(queue.id, "", "", 0, 0, true));
      }
      StreamView view = view(queue, queue.nextOffset);
      recorder.whenDurable(() -> reply.accept(Outcome.ok(new StreamCreated.Made(view))));
    }
  }

  private static @Nullable Refusal firstRefusal(List<Outcome<SendReceipt>> outcomes) {
    for (Outcome<SendReceipt> outcome : outcomes) {
      if (outcome instanceof Outcome.Refused<SendReceipt>(Refusal refusal)) {
        return refusal;
      }
    }
    return null;
  }

  // ---- appending

  void append(
      StreamAppend wanted,
      List<Draft> drafts,
      String client,
      Consumer<Outcome<StreamAppended>> reply) {
    Queue queue = find(wanted.topic(), wanted.liteTopic());
    if (queue == null) {
      recorder.whenDurable(() -> reply.accept(Outcome.ok(new StreamAppended.Missing())));
    } else if (drafts.isEmpty()) {
      close(queue, wanted, reply);
    } else {
      Appending appending = new Appending(queue.id, wanted, reply);
      appender.append(
          new Appender.Request(
              wanted.topic(),
              client,
              drafts,
              false,
              changeOf(queue, wanted).stream().<Change>map(change -> change).toList(),
              appending::decide,
              appending::appended));
    }
  }

  private void close(Queue queue, StreamAppend wanted, Consumer<Outcome<StreamAppended>> reply) {
    StreamAppended against = against(queue, wanted);
    if (against == null && !recorder.hasRoomForProgress()) {
      reply.accept(
          Outcome.refused(RefusalCode.STORAGE_FULL, "the disk is full to the last reserve"));
      return;
    }
    if (against == null) {
      changeOf(queue, wanted).ifPresent(recorder::record);
    }
    StreamAppended answer = against == null ? new StreamAppended.Stored(queue.nextOffset) : against;
    recorder.whenDurable(() -> {
      reader.closed(queue);
      reply.accept(Outcome.ok(answer));
    });
  }

  /** What is remembered of an append beside its messages. */
  private static Optional<Change.StreamWritten> changeOf(Queue queue, StreamAppend wanted) {
    StreamProducer producer = wanted.producer().orElse(null);
    if (producer == null && wanted.seq().isEmpty() && !wanted.closes()) {
      return Optional.empty();
    }
    return Optional.of(
        new Change.StreamWritten(
            queue.id,
            wanted.seq().orElse(""),
            producer == null ? "" : producer.id(),
            producer == null ? 0 : producer.epoch(),
            producer == null ? 0 : producer.seq(),
            wanted.closes()));
  }

  /** Why it is not appended; null: it is. */
  private static @Nullable StreamAppended against(Queue queue, StreamAppend wanted) {
    StreamState stream = queue.stream;
    StreamProducer producer = wanted.producer().orElse(null);
    StreamState.Position last =
        stream == null || producer == null ? null : stream.positionOf(producer.id());
    if (producer != null) {
      StreamAppended against = against(queue, producer, last);
      if (against != null) {
        return against;
      }
    }
    if (queue.isClosed()) {
      return wanted.messages().isEmpty() && producer == null
          ? new StreamAppended.Stored(queue.nextOffset)
          : new StreamAppended.Closed(queue.nextOffset);
    }
    String contentType = definitionOf(queue).contentType();
    if (!wanted.messages().isEmpty() && !contentType.equals(wanted.contentType())) {
      return new StreamAppended.OtherContentType(contentType);
    }
    if (stream != null && wanted.seq().isPresent() && !stream.isGreater(wanted.seq().get())) {
      return new StreamAppended.SeqTooLow(String.valueOf(stream.lastSeq()));
    }
    return null;
  }

  private static @Nullable StreamAppended against(
      Queue queue, StreamProducer producer, StreamState.@Nullable Position last) {
    if (last != null && producer.epoch() < last.epoch()) {
      return new StreamAppended.OldEpoch(last.epoch());
    }
    if (last == null || producer.epoch() > last.epoch()) {
      if (producer.seq() == 0) {
        return null;
      }
      return last == null
          ? new StreamAppended.SeqGap(0, producer.seq())
          : new StreamAppended.EpochNotFromZero();
    }
    if (producer.seq() <= last.seq()) {
      return new StreamAppended.Repeated(queue.nextOffset, last.seq(), queue.isClosed());
    }
    return producer.seq() == last.seq() + 1
        ? null
        : new StreamAppended.SeqGap(last.seq() + 1, producer.seq());
  }

  /** Owned by the shard thread. One append with messages. */
  private final class Appending {
    private final long queueId;
    private final StreamAppend wanted;
    private final Consumer<Outcome<StreamAppended>> reply;
    private @Nullable StreamAppended against;

    private Appending(long queueId, StreamAppend wanted, Consumer<Outcome<StreamAppended>> reply) {
      this.queueId = queueId;
      this.wanted = wanted;
      this.reply = reply;
    }

    private @Nullable Refusal decide() {
      Queue queue = queues.byId(queueId);
      against = queue == null ? new StreamAppended.Missing() : against(queue, wanted);
      return against == null
          ? null
          : new Refusal(RefusalCode.STREAM_CLOSED, "the stream does not take it");
    }

    private void appended(List<Outcome<SendReceipt>> outcomes) {
      StreamAppended known = against;
      if (known != null) {
        recorder.whenDurable(() -> reply.accept(Outcome.ok(known)));
        return;
      }
      Refusal refusal = firstRefusal(outcomes);
      if (refusal != null) {
        reply.accept(Outcome.refused(refusal));
        return;
      }
      long end = 0;
      for (Outcome<SendReceipt> outcome : outcomes) {
        end = Math.max(end, outcome.value().offset() + 1);
      }
      Queue queue = queues.byId(queueId);
      if (queue != null && wanted.closes()) {
        reader.closed(queue);
      }
      reply.accept(Outcome.ok(new StreamAppended.Stored(end)));
    }
  }

  // ---- deleting

  void delete(String topic, String liteTopic, Consumer<Outcome<StreamView>> reply) {
    Queue queue = find(topic, liteTopic);
    if (queue == null) {
      reply.accept(Outcome.refused(missing(topic, liteTopic)));
    } else if (!recorder.hasRoomForProgress()) {
      reply.accept(
          Outcome.refused(RefusalCode.STORAGE_FULL, "the disk is full to the last reserve"));
    } else {
      StreamView view = view(queue, queue.nextOffset);
      reclaimer.reclaim(queue);
      recorder.whenDurable(() -> reply.accept(Outcome.ok(view)));
    }
  }

  // ---- reading

  void read(StreamRead wanted, CompletableFuture<Outcome<StreamPage>> reply) {
    Queue queue = find(wanted.topic(), wanted.liteTopic());
    if (queue == null) {
      Refusal refusal = missing(wanted.topic(), wanted.liteTopic());
      recorder.whenDurable(() -> reply.complete(Outcome.refused(refusal)));
      return;
    }
    used(queue);
    OptionalLong from = wanted.offset();
    ReadRequest request =
        new ReadRequest(
            wanted.topic(),
            Optional.of(wanted.liteTopic()),
            from.isPresent() ? new OffsetOption.At(from.getAsLong()) : new OffsetOption.Max(),
            Optional.of(queue.id),
            wanted.maxMessages(),
            wanted.maxWait());
    CompletableFuture<Outcome<ReadReply>> read = new CompletableFuture<>();
    StreamDefinition definition = definitionOf(queue);
    var _ = read.thenAccept(outcome -> reply.complete(outcome.map(page -> page(definition, page))));
    var _ =
        reply.whenComplete((_, _) -> {
          if (reply.isCancelled()) {
            read.cancel(false);
          }
        });
    // Not before: the stream may just have been made, and nobody may hear of it before it is sure.
    recorder.whenDurable(() -> reader.read(request, read));
  }

  private static StreamPage page(StreamDefinition definition, ReadReply page) {
    StreamView view = new StreamView(page.queueId(), definition, page.endOffset(), page.isClosed());
    return new StreamPage(view, page.messages(), page.nextOffset());
  }

  /** It lives longer now, if it has a TTL of its own. */
  private void used(Queue queue) {
    long ttl =
        queue.stream == null ? 0 : queue.stream.definition.ttl().map(t -> t.toMillis()).orElse(0L);
    long now = clock.millis();
    if (ttl > 0
        && now - queue.lastActiveMillis >= ttl / USES_PER_TTL
        && recorder.hasRoomForProgress()) {
      recorder.record(new Change.StreamUsed(queue.id, now));
    }
  }
}
