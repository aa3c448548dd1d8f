package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Reads queues without a group: nothing is leased, nothing remembered. A
 * reader at the end waits for what comes, also for a lite topic that does not exist yet.
 */
final class QueueReader implements Dispatcher.QueueWatcher {
  /** Readers that wait at the end of one queue, at most. */
  private static final int MAX_WAITING = 20_000;

  /** One reader thread loads so many one after the other, at most, before others may help. */
  private static final int MAX_LOADS = 64;

  private static final long MAX_LOAD_BYTES = 256 << 10;

  private record Name(String topic, String queue) {}

  private final EngineConfig config;
  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final Timers timers;
  private final ShardClock clock;
  private final Offsets offsets;
  private final MessageLoader loader;
  private final Replies replies;
  private final Executor readers;
  private final Consumer<Runnable> later;
  private final Map<Name, List<WaitingRead>> waitingForQueue = new HashMap<>();
  private List<Runnable> loads = new ArrayList<>();
  private long loadBytes;

  QueueReader(
      EngineConfig config,
      ShardState state,
      Offsets offsets,
      MessageLoader loader,
      Replies replies,
      Executor readers,
      Consumer<Runnable> later) {
    this.config = config;
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    timers = state.timers();
    clock = state.clock();
    this.offsets = offsets;
    this.loader = loader;
    this.replies = replies;
    this.readers = readers;
    this.later = later;
  }

  void read(ReadRequest request, CompletableFuture<Outcome<ReadReply>> reply) {
    Queue queue = queueOf(request);
    if (queue == null) {
      readMissing(request, reply);
      return;
    }
    if (Streams.isRetired(queue)) {
      refuseGone(request, reply);
      return;
    }
    long from = offsets.resolve(queue, request.from());
    if (from == Offsets.UNCHANGED) {
      from = queues.firstRetained(queue);
    }
    read(queue, new WaitingRead(request, reply, from));
  }

  /** By its id if the reader knows that, which is quicker; null: that one is not there. */
  private @Nullable Queue queueOf(ReadRequest request) {
    if (request.incarnation().isEmpty()) {
      Topic topic = catalog.topic(request.topic());
      return topic == null ? null : queues.byName(topic, nameOf(request));
    }
    long id = request.incarnation().get();
    Queue queue = queues.byId(id);
    if (queue != null
        && queue.name.equals(nameOf(request))
        && queue.topic.name().equals(request.topic())) {
      return queue;
    }
    // The shard may have got it from another one, where it had this id.
    Topic topic = catalog.topic(request.topic());
    Queue named = topic == null ? null : queues.byName(topic, nameOf(request));
    return named != null && named.was(id) ? named : null;
  }

  private static String nameOf(ReadRequest request) {
    return request.liteTopic().orElse("0");
  }

  private void readMissing(ReadRequest request, CompletableFuture<Outcome<ReadReply>> reply) {
    if (request.incarnation().isPresent()) {
      refuseGone(request, reply);
      return;
    }
    long from = request.from() instanceof OffsetOption.At at ? Math.max(0, at.offset()) : 0;
    if (request.maxWait().isZero()) {
      replies.complete(reply, Outcome.ok(new ReadReply(List.of(), 0, from, 0, false)));
      return;
    }
    WaitingRead waiting = new WaitingRead(request, reply, from);
    Name name = new Name(request.topic(), nameOf(request));
    List<WaitingRead> others = waitingForQueue.computeIfAbsent(name, _ -> new ArrayList<>(1));
    await(waiting, others.size(), others::add);
  }

  private void await(WaitingRead waiting, int others, Consumer<WaitingRead> add) {
    if (others >= MAX_WAITING) {
      replies.complete(
          waiting.reply,
          Outcome.refused(
              RefusalCode.TOO_MANY_REQUESTS,
              "more than " + MAX_WAITING + " readers wait at the end of this queue"));
      return;
    }
    add.accept(waiting);
    timers.wakeAt(waiting, clock.millis() + waiting.request.maxWait().toMillis());
  }

  /** When it is sure: after a crash it might be there. */
  private void refuseGone(ReadRequest request, CompletableFuture<Outcome<ReadReply>> reply) {
    Outcome<ReadReply> gone =
        Outcome.refused(
            RefusalCode.GONE,
            "the lite topic '"
                + nameOf(request)
                + "' that this place belongs to was reclaimed; the name may have begun a new"
                + " life since: read from the first message");
    recorder.whenDurable(() -> replies.complete(reply, gone));
  }

  private void read(Queue queue, WaitingRead read) {
    List<MessageLoader.Place> places = new ArrayList<>();
    long next = collect(queue, read.offset, queue.visibleEnd, read.request, places);
    if (places.isEmpty()) {
      if (read.request.maxWait().isZero() || isAtEnd(queue, next)) {
        ReadReply nothing = nothing(queue, next);
        whenSure(nothing.isClosed(), () -> replies.complete(read.reply, Outcome.ok(nothing)));
      } else {
        read.offset = next;
        await(read, queue.waitingReads.size(), queue::add);
      }
      return;
    }
    read.isDone = true;
    timers.cancel(read);
    long end = queue.visibleEnd;
    boolean isClosed = isClosed(queue);
    whenSure(
        isClosed,
        () ->
            later(
                places,
                () ->
                    load(
                        read.reply,
                        () -> messages(places, read.request.leavesLargeBodies()),
                        messages -> new ReadReply(messages, queue.id, next, end, isClosed))));
  }

  /** That a stream is closed is told when that is durable: after a crash it might be open. */
  private void whenSure(boolean isClosed, Runnable answer) {
    if (isClosed) {
      recorder.whenDurable(answer);
    } else {
      answer.run();
    }
  }

  private static ReadReply nothing(Queue queue, long next) {
    return new ReadReply(List.of(), queue.id, next, queue.visibleEnd, isClosed(queue));
  }

  /** For readers: all that was stored before it was closed is durable. */
  private static boolean isClosed(Queue queue) {
    return queue.isClosed() && !Streams.isRetired(queue) && queue.visibleEnd == queue.nextOffset;
  }

  /** There is nothing to wait for. */
  private static boolean isAtEnd(Queue queue, long offset) {
    return isClosed(queue) && offset >= queue.visibleEnd;
  }

  /** That it was closed is durable: whoever waits at its end waits in vain. */
  void closed(Queue queue) {
    visible(queue);
  }

  /** Finds the messages from the reader's offset on; answers where the next read goes on. */
  private long collect(
      Queue queue, long from, long end, ReadRequest request, List<MessageLoader.Place> places) {
    return collect(queue, from, end, request.maxMessages(), request.maxBytes(), places);
  }

  private long collect(
      Queue queue,
      long from,
      long end,
      int maxMessages,
      int maxBytes,
      List<MessageLoader.Place> places) {
    int max = Math.clamp(maxMessages, 1, config.maxPollMessages());
    long bytes = 0;
    for (MessageLoader.Place place : places) {
      bytes += place.run().sizeOf(place.offset());
    }
    long offset = from;
    while (offset < end && places.size() < max) {
      Run run = queues.runAt(queue, offset);
      if (run == null) {
        offset = Math.min(end, queues.passFrom(queue, offset));
        continue;
      }
      bytes += run.sizeOf(offset);
      if (bytes > Math.min(maxBytes, config.maxPollBytes()) && !places.isEmpty()) {
        return offset;
      }
      places.add(new MessageLoader.Place(queue.id, run, offset));
      offset++;
    }
    return offset;
  }

  /** A stretch of what a reader sees as one queue: up to an offset, another one holds it. */
  record Part(Queue queue, long end) {}

  /**
   * Reads what lies in several queues; what retention has taken of it is left out.
   *
   * @param parts in their order, the first holds the offset {@code from}
   * @param answer what the reply is, of the messages and the offset where the next read goes on;
   *     called on a reader thread
   * @return the offset where the next read goes on, if there was nothing and so no reply; else -1
   */
  <T> long readParts(
      List<Part> parts,
      long from,
      StreamRead wanted,
      BiFunction<List<StoredMessage>, Long, T> answer,
      CompletableFuture<Outcome<T>> reply) {
    List<MessageLoader.Place> places = new ArrayList<>();
    long next = from;
    for (Part part : parts) {
      next = collect(part.queue, next, part.end, wanted.maxMessages(), wanted.maxBytes(), places);
      if (next < part.end) {
        break;
      }
    }
    if (places.isEmpty()) {
      return next;
    }
    long after = next;
    later(
        places,
        () ->
            load(
                reply,
                () -> messages(places, wanted.leavesLargeBodies()),
                messages -> answer.apply(messages, after)));
    return -1;
  }

  /** Has a reader thread load it, with others of this turn: they are small as a rule. */
  private void later(List<MessageLoader.Place> places, Runnable load) {
    loads.add(load);
    for (MessageLoader.Place place : places) {
      loadBytes += place.run().sizeOf(place.offset());
    }
    if (loads.size() >= MAX_LOADS || loadBytes >= MAX_LOAD_BYTES) {
      flush();
    }
  }

  /** Hands what is to be loaded to a reader thread. */
  void flush() {
    if (loads.isEmpty()) {
      return;
    }
    List<Runnable> batch = loads;
    loads = new ArrayList<>();
    loadBytes = 0;
    readers.execute(() -> batch.forEach(Runnable::run));
  }

  private interface Loading {
    List<StoredMessage> load() throws IOException;
  }

  private List<StoredMessage> messages(List<MessageLoader.Place> places, boolean leavesLargeBodies)
      throws IOException {
    return leavesLargeBodies ? loader.loadHeads(places) : loader.loadAll(places);
  }

  private <T> void load(
      CompletableFuture<Outcome<T>> future,
      Loading loading,
      Function<List<StoredMessage>, T> reply) {
    try {
      future.complete(Outcome.ok(reply.apply(loading.load())));
    } catch (IOException e) {
      Refusal refusal = MessageLoader.refusalOf(e);
      later.accept(() -> replies.complete(future, Outcome.refused(refusal)));
    } catch (RuntimeException bug) {
      future.completeExceptionally(bug); // the others of its batch are loaded all the same
    }
  }

  /** A reader's time is over. */
  void wake(WaitingRead read) {
    if (read.isDone) {
      return;
    }
    read.isDone = true;
    Topic topic = catalog.topic(read.request.topic());
    Queue queue = topic == null ? null : queues.byName(topic, nameOf(read.request));
    if (queue != null) {
      queue.remove(read);
      ReadReply nothing = nothing(queue, read.offset);
      whenSure(nothing.isClosed(), () -> replies.complete(read.reply, Outcome.ok(nothing)));
      return;
    }
    Name name = new Name(read.request.topic(), nameOf(read.request));
    waitingForQueue.computeIfPresent(
        name,
        (_, reads) -> {
          reads.remove(read);
          return reads.isEmpty() ? null : reads;
        });
    replies.complete(read.reply, Outcome.ok(new ReadReply(List.of(), 0, read.offset, 0, false)));
  }

  @Override
  public void topicMade(Topic topic) {}

  @Override
  public void queueMade(Queue queue) {
    List<WaitingRead> waiting = waitingForQueue.remove(new Name(queue.topic.name(), queue.name));
    if (waiting != null) {
      waiting.forEach(queue::add);
    }
  }

  @Override
  public void visible(Queue queue) {
    if (queue.waitingReads.isEmpty()) {
      return;
    }
    List<WaitingRead> waiting = queue.waitingReads;
    queue.waitingReads = List.of();
    for (WaitingRead read : waiting) {
      if (read.reply.isDone() || read.isDone) {
        timers.cancel(read);
      } else {
        resume(queue, read);
      }
    }
  }

  private void resume(Queue queue, WaitingRead read) {
    if (read.offset < queue.visibleEnd || isClosed(queue)) {
      read(queue, read);
    } else {
      queue.add(read);
    }
  }

  /** The queue was reclaimed under its readers. */
  void reclaimed(Queue queue) {
    for (WaitingRead read : queue.waitingReads) {
      read.isDone = true;
      timers.cancel(read);
      refuseGone(read.request, read.reply);
    }
    queue.waitingReads = List.of();
  }

  /** Answers all readers with nothing, for the end. */
  void answerAll() {
    for (Queue queue : queues.active()) {
      queue.waitingReads.forEach(
          read -> replies.complete(read.reply, Outcome.ok(nothing(queue, read.offset))));
      queue.waitingReads = List.of();
    }
    waitingForQueue.values().stream()
        .flatMap(List::stream)
        .forEach(read ->
            replies.complete(
                read.reply, Outcome.ok(new ReadReply(List.of(), 0, read.offset, 0, false))));
    waitingForQueue.clear();
  }
}
