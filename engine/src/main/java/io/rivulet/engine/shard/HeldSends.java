package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.scheduling.Holding;
import io.rivulet.engine.time.ShardClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Takes out of a request what its topic has no room for: refuses it, or
 * holds it until there is room or its time is over ({@link Backpressure#hold}).
 *
 * <p>What is held stands in lanes: one for each queue of a strictly ordered topic, else one for
 * each fairness key. What comes for a lane that is not empty waits behind it, so that nothing is
 * overtaken in its own queue, and no lane waits for another. When room was made ({@link
 * Topic#roomMade}) the lanes take turns.
 *
 * <p>Bounds: sends of a topic and bytes of all ({@link Holding}); beyond them a send is refused at
 * once. Each has a timer of its own.
 */
final class HeldSends {
  /** Looks at the heads of lanes in one turn of the shard. */
  private static final int LOOKS_PER_TURN = 256;

  private static final Refusal DELETED =
      new Refusal(RefusalCode.TOPIC_NOT_FOUND, "the topic was deleted meanwhile");

  private static final Refusal STOPPING =
      new Refusal(RefusalCode.UNAVAILABLE, "the server is stopping");

  /** Owned by the shard thread. A request that is answered in several steps. */
  private static final class Split {
    final Appender.Request request;
    final List<Outcome<SendReceipt>> outcomes;
    int open;

    Split(Appender.Request request) {
      this.request = request;
      open = request.drafts().size();
      outcomes = new ArrayList<>(open);
      for (int i = 0; i < open; i++) {
        outcomes.add(Outcome.refused(RefusalCode.UNAVAILABLE, ""));
      }
    }

    void put(List<Integer> places, List<Outcome<SendReceipt>> found) {
      for (int i = 0; i < places.size(); i++) {
        outcomes.set(places.get(i), found.get(i));
      }
      open -= places.size();
      if (open == 0) {
        request.reply().accept(outcomes);
      }
    }

    void refuse(List<Integer> places, Refusal refusal) {
      List<Outcome<SendReceipt>> refused = new ArrayList<>(places.size());
      places.forEach(_ -> refused.add(Outcome.refused(refusal)));
      put(places, refused);
    }

    /** Some of the request, as a request. */
    Appender.Request part(List<Integer> places) {
      List<Integer> all = List.copyOf(places);
      return new Appender.Request(
          request.topic(),
          request.client(),
          all.stream().map(request.drafts()::get).toList(),
          request.createsTopic(),
          List.of(),
          found -> put(all, found));
    }
  }

  /** Owned by the shard thread. What is held of one request in one lane. */
  static final class Held extends Timed {
    private final Waiting waiting;
    private final String lane;
    private final Split split;
    private final List<Integer> places = new ArrayList<>(1);
    private final long sinceMillis;
    private final long untilMillis;

    private Held(Waiting waiting, String lane, Split split, long sinceMillis, long untilMillis) {
      this.waiting = waiting;
      this.lane = lane;
      this.split = split;
      this.sinceMillis = sinceMillis;
      this.untilMillis = untilMillis;
    }

    private Draft draft(int index) {
      return split.request.drafts().get(places.get(index));
    }
  }

  /** Owned by the shard thread. All that is held of one topic. */
  private static final class Waiting {
    final Topic topic;
    final LinkedHashMap<String, ArrayDeque<Held>> lanes = new LinkedHashMap<>();
    int sends;
    long seenRoom;

    /** Something could not be looked at to the end: look again without being told. */
    boolean isUnfinished;

    Waiting(Topic topic) {
      this.topic = topic;
      seenRoom = topic.roomMade;
    }
  }

  private final Holding bounds;
  private final Catalog catalog;
  private final RecentIds recentIds;
  private final Timers timers;
  private final ShardClock clock;
  private final Counters counters;
  private final Admission admission;
  private final Consumer<Appender.Request> append;
  private final Predicate<Appender.Request> isBusy;
  private final Map<Long, Waiting> byTopic = new LinkedHashMap<>();
  private long bytes;

  /**
   * Makes it.
   *
   * @param append takes what was held and is admitted
   * @param isBusy whether what would be appended must wait for something large before it
   */
  HeldSends(
      EngineConfig config,
      ShardState state,
      Counters counters,
      Consumer<Appender.Request> append,
      Predicate<Appender.Request> isBusy) {
    bounds = config.holding();
    catalog = state.catalog();
    recentIds = state.recentIds();
    timers = state.timers();
    clock = state.clock();
    admission = new Admission(state, config.normalQueues());
    this.counters = counters;
    this.append = append;
    this.isBusy = isBusy;
  }

  // ---- in

  /** What may be appended now of a request; null: nothing. The rest is held or refused. */
  Appender.@Nullable Request admit(Appender.Request request) {
    Topic topic = request.client() == null ? null : catalog.topic(request.topic());
    if (topic == null) {
      return request;
    }
    Backpressure limits = topic.definition().backpressure();
    if (limits.equals(Backpressure.NONE) && !byTopic.containsKey(topic.id)) {
      return request;
    }
    Split split = new Split(request);
    Admission.Admitted taken = new Admission.Admitted();
    Map<String, Held> held = new HashMap<>();
    List<Integer> admitted = new ArrayList<>(request.drafts().size());
    Map<Integer, Refusal> refused = new LinkedHashMap<>();
    for (int place = 0; place < request.drafts().size(); place++) {
      Draft draft = request.drafts().get(place);
      if (!topic.type().takes(draft.type())
          || recentIds.find(draft.idHash()) != null
          || draft.deliverAtMillis() > clock.wallMillis()) {
        // It is refused for another reason, or was stored before, or joins no queue yet.
        admitted.add(place);
        continue;
      }
      String lane = laneOf(topic, draft);
      boolean isBehind = held.containsKey(lane) || isWaiting(topic, lane);
      Refusal refusal = isBehind ? null : admission.judge(topic, draft, draft.queueName(), taken);
      if (refusal == null && !isBehind) {
        admitted.add(place);
      } else if (!isBehind && limits.hold().isZero()) {
        refused.put(place, refusal == null ? full(topic) : refusal);
      } else if (!hold(topic, lane, held, split, place)) {
        refused.put(place, refusal == null ? full(topic) : refusal);
      }
    }
    if (admitted.size() == request.drafts().size()) {
      return request;
    }
    refused.forEach((place, refusal) -> refuse(split, List.of(place), refusal));
    return admitted.isEmpty() ? null : split.part(admitted);
  }

  /** Strict order is by queue; of any other topic each key waits for itself. */
  private static String laneOf(Topic topic, Draft draft) {
    return topic.type().isStrictlyOrdered() ? draft.queueName() : draft.demand().key();
  }

  private boolean isWaiting(Topic topic, String lane) {
    Waiting waiting = byTopic.get(topic.id);
    return waiting != null && waiting.lanes.containsKey(lane);
  }

  /** Whether there was room to hold it. */
  private boolean hold(
      Topic topic, String lane, Map<String, Held> heldOfRequest, Split split, int place) {
    long size = split.request.drafts().get(place).sizeBytes();
    Waiting known = byTopic.get(topic.id);
    if ((known != null && known.sends >= bounds.maxHeldSends())
        || bytes + size > bounds.maxHeldBytes()) {
      return false;
    }
    Waiting waiting = byTopic.computeIfAbsent(topic.id, _ -> new Waiting(topic));
    Held held = heldOfRequest.get(lane);
    if (held == null) {
      ArrayDeque<Held> others = waiting.lanes.computeIfAbsent(lane, _ -> new ArrayDeque<>());
      long now = clock.millis();
      long until = now + topic.definition().backpressure().hold().toMillis();
      if (!others.isEmpty()) {
        until = Math.max(until, others.getLast().untilMillis);
      }
      held = new Held(waiting, lane, split, now, until);
      others.add(held);
      heldOfRequest.put(lane, held);
      timers.wakeAt(held, until);
    }
    held.places.add(place);
    count(held, 1, size);
    return true;
  }

  private void count(Held held, int sends, long size) {
    held.waiting.sends += sends;
    bytes += size;
    counters.heldSends.add(sends);
    counters.heldBytes.add(size);
  }

  private void refuse(Split split, List<Integer> places, Refusal refusal) {
    counters.refusedRequests.add(places.size());
    counters.refusedForBackpressure.add(places.size());
    split.refuse(places, refusal);
  }

  private Refusal full(Topic topic) {
    return new Refusal(
        RefusalCode.TOO_MANY_REQUESTS,
        ("the topic '%s' is full, and as many sends are held for room as engine.max-held-sends (%d"
                + " of a topic) and engine.max-held-bytes (%d) allow")
            .formatted(topic.name(), bounds.maxHeldSends(), bounds.maxHeldBytes()),
        Optional.of(Duration.ofSeconds(1)));
  }

  // ---- out

  /** Lets go of what there is room for; whether there was any. */
  boolean turn() {
    boolean any = false;
    for (Waiting waiting : byTopic.isEmpty() ? List.<Waiting>of() : List.copyOf(byTopic.values())) {
      if (waiting.topic.isDeleted) {
        endAll(waiting, DELETED);
        any = true;
      } else if (waiting.isUnfinished || waiting.topic.roomMade != waiting.seenRoom) {
        any |= release(waiting);
      }
    }
    return any;
  }

  private boolean release(Waiting waiting) {
    waiting.seenRoom = waiting.topic.roomMade;
    waiting.isUnfinished = false;
    int looks = 0;
    boolean any = false;
    boolean isMoving = true;
    while (isMoving) {
      isMoving = false;
      for (String lane : List.copyOf(waiting.lanes.keySet())) {
        if (looks++ >= LOOKS_PER_TURN) {
          waiting.isUnfinished = true;
          return any;
        }
        isMoving |= releaseHead(waiting, lane);
      }
      any |= isMoving;
    }
    return any;
  }

  /** Whether something of it could go; then it is another lane's turn. */
  private boolean releaseHead(Waiting waiting, String lane) {
    ArrayDeque<Held> others = waiting.lanes.get(lane);
    Held head = others == null ? null : others.peek();
    if (others == null || head == null) {
      return false;
    }
    int count = admitted(waiting.topic, head);
    if (count == 0) {
      return false;
    }
    List<Integer> places = List.copyOf(head.places.subList(0, count));
    Appender.Request request = head.split.part(places);
    if (isBusy.test(request)) {
      waiting.isUnfinished = true;
      return false;
    }
    boolean isAll = count == head.places.size();
    takeOut(head, count);
    waiting.lanes.remove(lane);
    if (isAll) {
      others.remove();
      timers.cancel(head);
    }
    if (!others.isEmpty()) {
      waiting.lanes.put(lane, others);
    }
    forgetIfEmpty(waiting);
    append.accept(request);
    return true;
  }

  /** How many of the first there is room for. */
  private int admitted(Topic topic, Held held) {
    Admission.Admitted taken = new Admission.Admitted();
    int count = 0;
    while (count < held.places.size()) {
      Draft draft = held.draft(count);
      if (admission.judge(topic, draft, draft.queueName(), taken) != null) {
        break;
      }
      count++;
    }
    return count;
  }

  private void takeOut(Held held, int count) {
    long now = clock.millis();
    for (int i = 0; i < count; i++) {
      count(held, -1, -held.draft(i).sizeBytes());
      counters.heldEnded.increment();
      counters.heldMillis.add(now - held.sinceMillis);
    }
    held.places.subList(0, count).clear();
  }

  private void forgetIfEmpty(Waiting waiting) {
    if (waiting.lanes.isEmpty()) {
      byTopic.remove(waiting.topic.id);
    }
  }

  /** Its time is over. */
  void wake(Held held) {
    Draft first = held.draft(0);
    Refusal refusal =
        admission.judge(held.waiting.topic, first, first.queueName(), new Admission.Admitted());
    end(held, refusal == null ? full(held.waiting.topic) : refusal);
  }

  private void end(Held held, Refusal refusal) {
    List<Integer> places = List.copyOf(held.places);
    takeOut(held, places.size());
    timers.cancel(held);
    ArrayDeque<Held> others = held.waiting.lanes.get(held.lane);
    if (others != null) {
      others.remove(held);
      if (others.isEmpty()) {
        held.waiting.lanes.remove(held.lane);
      }
    }
    // Those behind it may have room where it had none.
    held.waiting.isUnfinished = true;
    forgetIfEmpty(held.waiting);
    refuse(held.split, places, refusal);
  }

  /** Refuses all that is held. */
  void answerAll() {
    List.copyOf(byTopic.values()).forEach(waiting -> endAll(waiting, STOPPING));
  }

  private void endAll(Waiting waiting, Refusal refusal) {
    for (ArrayDeque<Held> lane : List.copyOf(waiting.lanes.values())) {
      List.copyOf(lane).forEach(each -> end(each, refusal));
    }
  }
}
