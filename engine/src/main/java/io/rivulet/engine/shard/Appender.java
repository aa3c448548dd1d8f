package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Puts messages into queues: finds or makes topic and queue, recognises
 * repeated sends, appends, and reports when all is durable.
 *
 * <p>What is too large for one batch goes into the log in several steps, with others in between: a
 * request of many messages in parts, a message above {@link #MAX_CHUNK_BYTES} in chunks ({@link
 * LargeMessages}). {@link AppendOrder} keeps what follows it into the same queues behind it.
 */
final class Appender {
  static final int MAX_CHUNK_BYTES = 1 << 20;

  /** What a message may need besides: a record of its own and one that makes its queue. */
  private static final int RECORDS_BYTES = 200;

  /**
   * One request to append.
   *
   * @param client who sends, as quotas know it; null: the engine itself, which has none
   * @param also changes that belong to the messages: recorded in the same batch, after them
   * @param guard asked when the messages are about to be appended, which may be long after they
   *     came if they are large or have to wait for others; a refusal, or null if they may still be
   * @param reply called on the shard thread, once
   */
  record Request(
      String topic,
      @Nullable String client,
      List<Draft> drafts,
      boolean createsTopic,
      List<Change> also,
      Guard guard,
      Consumer<List<Outcome<SendReceipt>>> reply) {
    Request(
        String topic,
        @Nullable String client,
        List<Draft> drafts,
        boolean createsTopic,
        List<Change> also,
        Consumer<List<Outcome<SendReceipt>>> reply) {
      this(topic, client, drafts, createsTopic, also, NoGuard.EACH_ALONE, reply);
    }

    /** A refused message refuses those after it. */
    boolean isOneWhole() {
      return guard != NoGuard.EACH_ALONE;
    }
  }

  /** Whether something may still be done. */
  interface Guard {
    @Nullable Refusal refusal();
  }

  private enum NoGuard implements Guard {
    EACH_ALONE,
    /** The guard has let pass what comes before it in the same request. */
    AS_THOSE_BEFORE;

    @Override
    public @Nullable Refusal refusal() {
      return null;
    }
  }

  private final EngineConfig config;
  private final int chunkBytes;
  private final Catalog catalog;
  private final QueueTable queues;
  private final RecentIds recentIds;
  private final Recorder recorder;
  private final Dispatcher dispatcher;
  private final ShardClock clock;
  private final Counters counters;
  private final QuotaGuard quotas;
  private final QueueMaker maker;
  private final DelayGuard delays;
  private final Consumer<Runnable> later;
  private final LargeMessages large;
  private final AppendOrder order;
  private final HeldSends held;

  Appender(
      EngineConfig config,
      int maxBatchBytes,
      ShardState state,
      Dispatcher dispatcher,
      QuotaGuard quotas,
      Counters counters,
      Consumer<Runnable> later) {
    this.config = config;
    chunkBytes = Math.min(MAX_CHUNK_BYTES, maxBatchBytes / 2);
    catalog = state.catalog();
    queues = state.queues();
    recentIds = state.recentIds();
    recorder = state.recorder();
    clock = state.clock();
    this.dispatcher = dispatcher;
    this.counters = counters;
    this.quotas = quotas;
    maker = new QueueMaker(config.normalQueues(), state, dispatcher, quotas, counters);
    delays = new DelayGuard(config, state);
    this.later = later;
    large = new LargeMessages(chunkBytes, config.largeWindowBytes(), recorder, counters);
    order = new AppendOrder(config.maxQueuedCommands(), counters);
    held = new HeldSends(config, state, counters, each -> appendNow(each, true), order::isBusy);
  }

  void append(Request request) {
    if (!order.holdsBack(request)) {
      Request admitted = held.admit(request);
      if (admitted != null) {
        appendNow(admitted, true);
      }
    }
  }

  /** Finds and makes the queues that messages join. */
  QueueMaker maker() {
    return maker;
  }

  /** What a full topic has no room for. */
  HeldSends held() {
    return held;
  }

  /** Appends without a look at what is under way; a part belongs to a request that is. */
  private void appendNow(Request request, boolean isWhole) {
    Topic topic = catalog.topic(request.topic);
    if (topic == null) {
      if (!request.createsTopic) {
        refuseAll(
            request,
            RefusalCode.TOPIC_NOT_FOUND,
            "the topic '" + request.topic + "' does not exist, and topics are not auto-created");
        return;
      }
      if (!recorder.hasRoomForDefinitions()) {
        refuseFull(request);
        return;
      }
      topic = maker.topic(request.topic, request.drafts.getFirst().type());
    }
    long bytes = 0;
    boolean isLarge = false;
    for (Draft draft : request.drafts) {
      long weight = weightOf(draft);
      bytes += weight;
      // By weight, as below: else a message that is too heavy for a part would be parted for ever.
      isLarge |= weight > chunkBytes;
    }
    Refusal overQuota =
        request.client == null || !isWhole
            ? null
            : quotas.take(request.client, request.topic, request.drafts.size(), bytes);
    if (overQuota != null) {
      refuseAll(request, overQuota.code(), overQuota.message());
    } else if (isLarge) {
      appendLarge(topic, isWhole ? order.begin(request, this::append) : request);
    } else if (bytes > chunkBytes) {
      appendInParts(isWhole ? order.begin(request, this::append) : request);
    } else if (!recorder.hasRoomForMessages((int) bytes)) {
      refuseFull(request);
    } else {
      appendSmall(topic, request);
    }
  }

  /** Whether these messages of one queue are stored together, or in parts one after the other. */
  boolean fitsOneBatch(List<Draft> drafts) {
    return drafts.size() == 1 || drafts.stream().mapToLong(Appender::weightOf).sum() <= chunkBytes;
  }

  private static long weightOf(Draft draft) {
    // A fairness key stands in the record that makes its queue, and in the queue's name.
    int keyBytes = draft.demand().key().isEmpty() ? 0 : 2 * Demand.MAX_KEY_BYTES;
    return (long) draft.sizeBytes()
        + Run.HEADER_BYTES
        + Demands.PARKED_BYTES
        + RECORDS_BYTES
        + keyBytes;
  }

  // ---- small messages

  private void appendSmall(Topic topic, Request request) {
    Refusal late = request.guard.refusal();
    if (late != null) {
      refuseAll(request, late.code(), late.message());
      return;
    }
    List<Outcome<SendReceipt>> outcomes = new ArrayList<>(request.drafts.size());
    Map<Queue, List<Draft>> byQueue = new LinkedHashMap<>(2);
    Map<Queue, List<Integer>> places = new LinkedHashMap<>(2);
    Map<Long, Integer> firstOf = new HashMap<>();
    String nextQueue = "";
    boolean hasRoom = quotas.hasRoomForLiteTopics(topic, request.client, request.drafts.size());
    for (Draft draft : request.drafts) {
      Outcome<SendReceipt> known = refusedOrRepeated(topic, draft, request.client);
      if (known == null && !hasRoom) {
        known = refusedForQuota(topic, draft, request.client);
      }
      outcomes.add(known == null ? Outcome.refused(RefusalCode.UNAVAILABLE, "") : known);
      if (known == null && firstOf.putIfAbsent(draft.idHash(), outcomes.size() - 1) == null) {
        if (nextQueue.isEmpty() && draft.queueName().isEmpty()) {
          nextQueue = maker.nextQueueOf(topic);
        }
        Queue queue = queueOf(topic, draft, nextQueue, request.client);
        if (queue.isClosed()) {
          outcomes.set(outcomes.size() - 1, closed(queue));
          continue;
        }
        byQueue.computeIfAbsent(queue, _ -> new ArrayList<>()).add(draft);
        places.computeIfAbsent(queue, _ -> new ArrayList<>()).add(outcomes.size() - 1);
      }
    }
    List<Appended> appended = new ArrayList<>(byQueue.size());
    byQueue.forEach((queue, drafts) -> {
      long first = queue.nextOffset;
      appendRuns(queue, drafts);
      appended.add(new Appended(queue, queue.nextOffset));
      List<Integer> at = places.get(queue);
      for (int i = 0; at != null && i < drafts.size(); i++) {
        outcomes.set(
            at.get(i),
            Outcome.ok(new SendReceipt(drafts.get(i).messageId(), queue.id, first + i, false)));
      }
    });
    repeatWithin(request.drafts, firstOf, outcomes);
    recordAlso(request, outcomes);
    finish(request, appended, outcomes);
  }

  /** Messages that stand twice in one request are stored once. */
  private static void repeatWithin(
      List<Draft> drafts, Map<Long, Integer> firstOf, List<Outcome<SendReceipt>> outcomes) {
    for (int i = 0; i < drafts.size(); i++) {
      Integer first = firstOf.get(drafts.get(i).idHash());
      if (first != null && first < i) {
        outcomes.set(
            i,
            outcomes
                .get(first)
                .map(each ->
                    new SendReceipt(each.messageId(), each.queueId(), each.offset(), true)));
      }
    }
  }

  /** What belongs to the messages happens only if they are stored. */
  private void recordAlso(Request request, List<Outcome<SendReceipt>> outcomes) {
    if (outcomes.stream().allMatch(Outcome::isOk)) {
      for (Change change : request.also) {
        recorder.record(change);
        if (change instanceof Change.Acknowledged acknowledged) {
          dispatcher.settled(acknowledged.groupId(), acknowledged.queueId());
        } else if (change instanceof Change.MessageCancelled cancelled) {
          dispatcher.cancelled(cancelled.queueId());
        }
      }
    }
  }

  private record Appended(Queue queue, long end) {}

  private void appendRuns(Queue queue, List<Draft> drafts) {
    long storeMillis = storeMillisIn(queue);
    int from = 0;
    int bytes = 0;
    for (int i = 0; i < drafts.size(); i++) {
      int size = drafts.get(i).sizeBytes();
      if (i > from && bytes + size > chunkBytes / 2) {
        recorder.append(queue, storeMillis, drafts.subList(from, i), 0);
        from = i;
        bytes = 0;
      }
      bytes += size;
      counters.appendedBytes.add(size);
    }
    recorder.append(queue, storeMillis, drafts.subList(from, drafts.size()), 0);
    counters.appendedMessages.add(drafts.size());
  }

  private void finish(
      Request request, List<Appended> appended, List<Outcome<SendReceipt>> outcomes) {
    recorder.whenDurable(() -> {
      for (Appended each : appended) {
        each.queue.visibleEnd = Math.max(each.queue.visibleEnd, each.end);
        dispatcher.visible(each.queue);
      }
      request.reply.accept(outcomes);
    });
  }

  /** A request of many small messages that is too large for one batch: one part after the other. */
  private void appendInParts(Request request) {
    List<Draft> drafts = request.drafts;
    int end = 0;
    long bytes = 0;
    while (end < drafts.size()
        && (end == 0 || bytes + weightOf(drafts.get(end)) < chunkBytes / 2)) {
      bytes += weightOf(drafts.get(end++));
    }
    List<Draft> rest = drafts.subList(end, drafts.size());
    appendNow(
        new Request(
            request.topic,
            request.client,
            drafts.subList(0, end),
            false,
            rest.isEmpty() ? request.also : List.of(),
            request.guard,
            first -> {
              if (rest.isEmpty()) {
                request.reply.accept(first);
              } else {
                later.accept(() -> appendRest(request, rest, first));
              }
            }),
        false);
  }

  private void appendRest(Request request, List<Draft> rest, List<Outcome<SendReceipt>> first) {
    if (request.isOneWhole() && !first.getLast().isOk()) {
      List<Outcome<SendReceipt>> all = new ArrayList<>(first);
      all.addAll(Collections.nCopies(rest.size(), first.getLast()));
      request.reply.accept(all);
      return;
    }
    appendNow(
        new Request(
            request.topic,
            request.client,
            rest,
            false,
            request.also,
            request.isOneWhole() ? NoGuard.AS_THOSE_BEFORE : NoGuard.EACH_ALONE,
            second -> {
              List<Outcome<SendReceipt>> all = new ArrayList<>(first);
              all.addAll(second);
              request.reply.accept(all);
            }),
        false);
  }

  private void appendLarge(Topic topic, Request request) {
    if (request.drafts.size() > 1) {
      List<Draft> rest = request.drafts.subList(1, request.drafts.size());
      appendNow(
          new Request(
              request.topic,
              request.client,
              request.drafts.subList(0, 1),
              false,
              List.of(),
              request.guard,
              outcome -> later.accept(() -> appendRest(request, rest, outcome))),
          false);
      return;
    }
    Draft draft = request.drafts.getFirst();
    Outcome<SendReceipt> known = refusedOrRepeated(topic, draft, request.client);
    if (known == null && !quotas.hasRoomForLiteTopics(topic, request.client, 1)) {
      known = refusedForQuota(topic, draft, request.client);
    }
    if (known != null) {
      Refusal late = known.isOk() ? request.guard.refusal() : null;
      if (late != null) {
        refuseAll(request, late.code(), late.message());
        return;
      }
      recordAlso(request, List.of(known));
      finish(request, List.of(), List.of(known));
      return;
    }
    large.append(
        draft,
        chunks -> {
          if (chunks == null) {
            refuseFull(request);
          } else {
            appendHeader(request, draft, chunks);
          }
        });
  }

  private void appendHeader(Request request, Draft draft, byte[] chunks) {
    Topic topic = catalog.topic(request.topic);
    if (topic == null) {
      refuseAll(request, RefusalCode.TOPIC_NOT_FOUND, "the topic was deleted meanwhile");
      return;
    }
    // Before the guard: asking may flush, and what it records goes into one batch with the header.
    boolean hasRoom = recorder.hasRoomForMessages(chunks.length);
    Refusal late = request.guard.refusal();
    if (late != null) {
      refuseAll(request, late.code(), late.message());
      return;
    }
    Outcome<SendReceipt> known = refusedOrRepeated(topic, draft, request.client);
    List<Appended> appended = new ArrayList<>(1);
    if (known == null) {
      if (!hasRoom) {
        refuseFull(request);
        return;
      }
      String next = draft.queueName().isEmpty() ? maker.nextQueueOf(topic) : "";
      Queue queue = queueOf(topic, draft, next, request.client);
      if (queue.isClosed()) {
        finish(request, List.of(), List.of(closed(queue)));
        return;
      }
      long offset = queue.nextOffset;
      Draft header =
          new Draft(
              draft.messageId(),
              draft.type(),
              queue.name,
              draft.demand(),
              draft.idHash(),
              draft.tagHash(),
              draft.deliverAtMillis(),
              chunks,
              Body.EMPTY);
      recorder.append(queue, storeMillisIn(queue), List.of(header), draft.sizeBytes());
      appended.add(new Appended(queue, queue.nextOffset));
      known = Outcome.ok(new SendReceipt(draft.messageId(), queue.id, offset, false));
      counters.appendedMessages.increment();
      counters.appendedBytes.add(draft.sizeBytes());
    }
    recordAlso(request, List.of(known));
    finish(request, appended, List.of(known));
  }

  // ---- deciding

  /**
   * The queue that a message joins, now or when its time comes.
   *
   * @param nextQueue if it may be any
   */
  private Queue queueOf(Topic topic, Draft draft, String nextQueue, @Nullable String client) {
    if (delays.isAhead(draft)) {
      return maker.parkingQueue(topic, draft);
    }
    String name = draft.queueName().isEmpty() ? nextQueue : draft.queueName();
    return maker.queue(topic, name, draft.demand(), client);
  }

  private @Nullable Outcome<SendReceipt> refusedOrRepeated(
      Topic topic, Draft draft, @Nullable String client) {
    if (!topic.type().takes(draft.type())) {
      counters.refusedRequests.increment();
      return Outcome.refused(
          RefusalCode.TYPE_MISMATCH,
          "the topic '"
              + topic.name()
              + "' is of type "
              + topic.type()
              + "; this is a "
              + draft.type()
              + " message (LITE has a lite topic, FIFO a message group, PRIORITY a priority,"
              + " DELAY a delivery time, NORMAL none of them)");
    }
    RecentIds.Place place = recentIds.find(draft.idHash());
    if (place == null || queues.byId(place.queueId()) == null) {
      // What the engine moves was let in before.
      Refusal refusal = client == null ? null : delays.refusal(draft);
      if (refusal != null) {
        counters.refusedRequests.increment();
      }
      return refusal == null ? null : Outcome.refused(refusal);
    }
    counters.duplicateSends.increment();
    return Outcome.ok(new SendReceipt(draft.messageId(), place.queueId(), place.offset(), true));
  }

  private Outcome<SendReceipt> closed(Queue queue) {
    counters.refusedRequests.increment();
    return Outcome.refused(
        RefusalCode.STREAM_CLOSED,
        "the lite topic '" + queue.name + "' was closed: nothing may be sent to it any more");
  }

  /**
   * The topic for lite topics of this name, made if it is not there and may be.
   *
   * @return a refusal if it can't be had
   */
  Outcome<Topic> liteParent(String name) {
    Topic topic = catalog.topic(name);
    if (topic == null) {
      if (!config.autoCreateTopics()) {
        return Outcome.refused(
            RefusalCode.TOPIC_NOT_FOUND,
            "the topic '" + name + "' does not exist, and topics are not auto-created");
      }
      if (!recorder.hasRoomForDefinitions()) {
        return Outcome.refused(recorder.noRoom());
      }
      topic = maker.topic(name, TopicType.LITE);
    }
    return topic.type() == TopicType.LITE
        ? Outcome.ok(topic)
        : Outcome.refused(
            RefusalCode.TYPE_MISMATCH,
            "the topic '" + name + "' is " + topic.type() + " and has no lite topics");
  }

  /** A lite topic that is not there, without messages. */
  Outcome<Queue> makeLite(Topic topic, String name, @Nullable String client) {
    Refusal refusal = refusalOfLite(topic, client);
    return refusal == null
        ? Outcome.ok(maker.queue(topic, name, Demand.NONE, client))
        : Outcome.refused(refusal);
  }

  /** Why one more lite topic cannot be made; null: it can. */
  @Nullable Refusal refusalOfLite(Topic topic, @Nullable String client) {
    Refusal refusal = quotas.checkLiteTopic(topic, client);
    if (refusal != null) {
      counters.refusedRequests.increment();
    }
    return refusal;
  }

  /** Asked only when the topic is close to its quota: it costs a look-up. */
  private @Nullable Outcome<SendReceipt> refusedForQuota(
      Topic topic, Draft draft, @Nullable String client) {
    if (topic.type() != TopicType.LITE || queues.byName(topic, draft.queueName()) != null) {
      return null;
    }
    Refusal refusal = refusalOfLite(topic, client);
    return refusal == null ? null : Outcome.refused(refusal);
  }

  /** The wall clock, but never earlier than what the queue holds. */
  private long storeMillisIn(Queue queue) {
    return Math.max(queue.lastAppendMillis, clock.wallMillis());
  }

  private void refuseFull(Request request) {
    Optional<String> notNow = recorder.whyNotNow();
    if (notNow.isPresent()) {
      refuseAll(
          request,
          RefusalCode.UNAVAILABLE,
          notNow.get() + ": nothing was stored, try again; what is stored can be read");
      return;
    }
    refuseAll(
        request,
        RefusalCode.STORAGE_FULL,
        "the disk is full: new messages are refused until retention, reclaim or an operator makes"
            + " room; consuming goes on");
  }

  private void refuseAll(Request request, RefusalCode code, String message) {
    counters.refusedRequests.increment();
    Outcome<SendReceipt> refused = Outcome.refused(code, message);
    request.reply.accept(Collections.nCopies(request.drafts.size(), refused));
  }
}
