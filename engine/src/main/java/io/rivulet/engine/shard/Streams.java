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
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamProducer;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  @Nullable Queue find(String topicName, String liteTopic) {
    Topic topic = catalog.topic(topicName);
    Queue queue = topic == null ? null : queues.byName(topic, liteTopic);
    if (queue != null && reclaimer.isOver(queue, clock.millis())) {
      if (recorder.hasRoomForProgress()) {
        reclaimer.reclaim(queue);
      }
      return isRetired(queue) ? queue : null; // it may have forks
    }
    return queue;
  }

  static Refusal missing(String topic, String liteTopic) {
    return new Refusal(
        RefusalCode.LITE_TOPIC_NOT_FOUND,
        "the lite topic '" + liteTopic + "' of '" + topic + "' does not exist");
  }

  static boolean isRetired(Queue queue) {
    return queue.stream != null && queue.stream.isRetired();
  }

  static Refusal retired(Queue queue) {
    return new Refusal(
        RefusalCode.GONE,
        "the stream '" + queue.name + "' was deleted; it is kept for its forks only");
  }

  /** As it was made; what a send has made holds what its parent says now. */
  static StreamDefinition definitionOf(Queue queue) {
    StreamDefinition own = queue.stream == null ? null : queue.stream.definition;
    if (own != null && !own.contentType().isEmpty()) {
      return own;
    }
    return StreamDefinition.of(
        queue.topic.definition().attributes().contentType().orElse(StreamDefinition.BYTES));
  }

  static StreamView view(Queue queue, long endOffset) {
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
    Outcome<StreamView> outcome;
    if (queue == null) {
      outcome = Outcome.refused(missing(topic, liteTopic));
    } else if (isRetired(queue)) {
      outcome = Outcome.refused(retired(queue));
    } else {
      outcome = Outcome.ok(view(queue, queue.nextOffset));
    }
    // Not before: it may just have been made, closed or deleted.
    recorder.whenDurable(() -> reply.accept(outcome));
  }

  static @Nullable Refusal firstRefusal(List<Outcome<SendReceipt>> outcomes) {
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
      recorder.answer(Outcome.ok(new StreamAppended.Missing()), reply);
    } else if (isRetired(queue)) {
      recorder.answer(Outcome.ok(new StreamAppended.Gone()), reply);
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
      reply.accept(Outcome.refused(recorder.noRoom()));
      return;
    }
    if (against == null) {
      changeOf(queue, wanted).ifPresent(recorder::record);
    }
    StreamAppended answer = against == null ? new StreamAppended.Stored(queue.nextOffset) : against;
    recorder.answer(
        Outcome.ok(answer),
        sure -> {
          reader.closed(queue);
          reply.accept(sure);
        });
  }

  /** What is remembered of an append beside its messages. */
  private Optional<Change.StreamWritten> changeOf(Queue queue, StreamAppend wanted) {
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
            wanted.closes(),
            clock.millis()));
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
      if (queue == null) {
        against = new StreamAppended.Missing();
      } else {
        against = isRetired(queue) ? new StreamAppended.Gone() : against(queue, wanted);
      }
      return against == null
          ? null
          : new Refusal(RefusalCode.STREAM_CLOSED, "the stream does not take it");
    }

    private void appended(List<Outcome<SendReceipt>> outcomes) {
      StreamAppended known = against;
      if (known != null) {
        recorder.answer(Outcome.ok(known), reply);
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
      recorder.whenDurable(() -> reply.accept(Outcome.refused(missing(topic, liteTopic))));
    } else if (isRetired(queue)) {
      Refusal refusal = retired(queue);
      recorder.whenDurable(() -> reply.accept(Outcome.refused(refusal)));
    } else if (!recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(recorder.noRoom()));
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
      recorder.confirmed(Outcome.refused(refusal), reply::complete);
      return;
    }
    Refusal illegal = illegal(queue, wanted.from());
    if (illegal != null) {
      recorder.confirmed(Outcome.refused(illegal), reply::complete);
      return;
    }
    used(queue);
    long from =
        switch (wanted.from()) {
          case OffsetOption.At(long offset) -> offset;
          case OffsetOption.Max _ -> queue.nextOffset;
          default -> firstOf(queue);
        };
    // Not before: the stream may just have been made, and nobody may hear of it before it is sure.
    boolean isClosed = queue.isClosed();
    recorder.whenDurable(() -> {
      if (queue.isClosed() && !isClosed) {
        recorder.whenDurable(() -> read(queue, wanted, from, reply)); // nor of its end
      } else {
        read(queue, wanted, from, reply);
      }
    });
  }

  private @Nullable Refusal illegal(Queue queue, OffsetOption from) {
    if (isRetired(queue)) {
      return retired(queue);
    }
    if (!(from instanceof OffsetOption.At(long offset))) {
      return null;
    }
    if (offset > queue.nextOffset) {
      return new Refusal(
          RefusalCode.ILLEGAL_ARGUMENT,
          "offset " + offset + " is beyond the end of the stream, " + queue.nextOffset);
    }
    long first = firstOf(queue);
    return offset >= first
        ? null
        : new Refusal(
            RefusalCode.GONE,
            "retention has taken what was at offset " + offset + "; the first is " + first);
  }

  private void read(
      Queue queue, StreamRead wanted, long from, CompletableFuture<Outcome<StreamPage>> reply) {
    if (isRetired(queue)) {
      recorder.confirmed(Outcome.refused(retired(queue)), reply::complete);
      return;
    }
    List<QueueReader.Part> parts = inherited(queue, from);
    long next = from;
    if (!parts.isEmpty()) {
      StreamView view = viewForReaders(queue);
      parts.add(new QueueReader.Part(queue, queue.visibleEnd));
      next =
          reader.readParts(
              parts,
              from,
              wanted,
              (messages, after) -> new StreamPage(view, messages, after),
              reply);
    }
    if (next >= 0) {
      readOwn(queue, wanted, next, reply);
    }
  }

  private void readOwn(
      Queue queue, StreamRead wanted, long from, CompletableFuture<Outcome<StreamPage>> reply) {
    ReadRequest request =
        new ReadRequest(
            wanted.topic(),
            Optional.of(wanted.liteTopic()),
            new OffsetOption.At(from),
            Optional.of(queue.id),
            wanted.maxMessages(),
            wanted.maxBytes(),
            wanted.maxWait(),
            wanted.leavesLargeBodies());
    CompletableFuture<Outcome<ReadReply>> read = new CompletableFuture<>();
    StreamDefinition definition = definitionOf(queue);
    var _ = read.thenAccept(outcome -> reply.complete(outcome.map(page -> page(definition, page))));
    var _ =
        reply.whenComplete((_, _) -> {
          if (reply.isCancelled()) {
            read.cancel(false);
          }
        });
    reader.read(request, read);
  }

  private static StreamPage page(StreamDefinition definition, ReadReply page) {
    StreamView view = new StreamView(page.queueId(), definition, page.endOffset(), page.isClosed());
    return new StreamPage(view, page.messages(), page.nextOffset());
  }

  // ---- forks

  /** The queues that hold what lies from this offset on before the queue's own messages. */
  List<QueueReader.Part> inherited(Queue queue, long offset) {
    List<QueueReader.Part> parts = new ArrayList<>(0);
    Queue holder = queue;
    while (holder != null && holder.stream != null) {
      StreamOrigin origin = holder.stream.origin;
      if (!origin.isFork() || offset >= origin.offset()) {
        break;
      }
      long end =
          parts.isEmpty() ? origin.offset() : Math.min(origin.offset(), parts.getFirst().end());
      holder = queues.byId(origin.sourceId());
      if (holder != null) {
        parts.addFirst(new QueueReader.Part(holder, end));
      }
    }
    return parts;
  }

  /** The first offset that can be read. */
  long firstOf(Queue queue) {
    StreamOrigin origin = queue.stream == null ? StreamOrigin.NONE : queue.stream.origin;
    Queue source = origin.isFork() ? queues.byId(origin.sourceId()) : null;
    return source == null
        ? queues.firstRetained(queue)
        : Math.min(origin.offset(), firstOf(source));
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
