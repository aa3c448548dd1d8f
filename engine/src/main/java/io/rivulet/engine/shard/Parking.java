package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the shard thread. Lets messages that wait for their time join their queues when it has
 * come, a few a turn, and keeps what waits out of retention's way.
 *
 * <p>A message joins by a record that names the place where it was parked: nothing is read or
 * copied. What retention would take before its time, or soon after, is <em>carried</em>: appended
 * anew, by the way of any message, in one batch with the record that it waits there no more. So it
 * joins once, whatever happens in between, and retention counts from then on.
 */
final class Parking {
  private static final Logger logger = LoggerFactory.getLogger(Parking.class);
  private static final int JOINS_PER_TURN = 256;

  /** Messages that are being carried at the same time. */
  private static final int MAX_CARRIED = 64;

  /** When those that can't join yet are looked at again if nothing else happens. */
  private static final long LOOK_AGAIN_MILLIS = 20;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Parked parked;
  private final Recorder recorder;
  private final Dispatcher dispatcher;
  private final QueueMaker maker;
  private final Consumer<Appender.Request> append;
  private final MessageLoader loader;
  private final ShardClock clock;
  private final Counters counters;
  private final Executor readers;
  private final Consumer<Runnable> later;
  private final CommitLog log;
  private final Optional<Duration> retentionTime;
  private final long retentionBytes;
  private final long maxCarriedBytes;

  private final Set<Parked.Place> carried = new HashSet<>();
  private long carriedBytes;

  /** What could not be carried and joins from where it is. */
  private final Set<Parked.Place> leftThere = new HashSet<>();

  /** What stands before it in the log is to be carried; 0: nothing. */
  private long clearedBefore;

  private boolean isStuck;

  Parking(
      EngineConfig config,
      ShardState state,
      Dispatcher dispatcher,
      Appender appender,
      MessageLoader loader,
      Counters counters,
      Executor readers,
      Consumer<Runnable> later,
      CommitLog log) {
    catalog = state.catalog();
    queues = state.queues();
    parked = state.fold().parked();
    recorder = state.recorder();
    clock = state.clock();
    this.dispatcher = dispatcher;
    maker = appender.maker();
    append = appender::append;
    this.loader = loader;
    this.counters = counters;
    this.readers = readers;
    this.later = later;
    this.log = log;
    retentionTime = config.retentionTime();
    retentionBytes = config.retentionBytes();
    maxCarriedBytes = config.largeWindowBytes();
  }

  // ---- their time has come

  /** Does some of what is due; whether there was any. */
  boolean turn() {
    boolean any = carryAway();
    long now = clock.wallMillis();
    if (parked.nextDue() > now) {
      isStuck = false;
      return any;
    }
    Map<Queue, Long> ends = new LinkedHashMap<>();
    List<Parked.Place> due = parked.dueBy(now, JOINS_PER_TURN);
    boolean isGapless = true;
    int done = 0;
    for (Parked.Place place : due) {
      if (!recorder.hasRoomForProgress()) {
        isGapless = false;
        break;
      }
      if (finish(place, now, ends)) {
        done++;
      } else {
        isGapless = false;
      }
      if (isGapless) {
        parked.doneTo(place);
      }
    }
    if (!ends.isEmpty()) {
      recorder.whenDurable(() -> ends.forEach(this::show));
    }
    if (isGapless && due.size() < JOINS_PER_TURN) {
      parked.lookForNext();
    }
    isStuck = done == 0 && !due.isEmpty();
    return any || done > 0;
  }

  private void show(Queue queue, long end) {
    queue.visibleEnd = Math.max(queue.visibleEnd, end);
    dispatcher.visible(queue);
  }

  /** Whether nothing is left to do for it; else it is looked at again. */
  private boolean finish(Parked.Place place, long now, Map<Queue, Long> ends) {
    Queue from = queues.byId(place.queueId());
    Topic topic = from == null ? null : catalog.topic(from.topic.knownName());
    if (from == null || topic == null) {
      parked.forget(place);
      return true;
    }
    if (carried.contains(place) || place.offset() >= from.visibleEnd) {
      return false;
    }
    Run run = queues.anyRunAt(from, place.offset());
    if (run == null || !run.isRetainedFrom(log.head())) {
      lose(place, from);
      return true;
    }
    if (isOld(run) && !leftThere.contains(place)) {
      var _ = carry(place, from, run);
      return false;
    }
    Queue to = maker.queueAfter(topic, from);
    recorder.join(to, Math.max(to.lastAppendMillis, now), place, run);
    ends.put(to, to.nextOffset);
    leftThere.remove(place);
    countJoined(place, now);
    return true;
  }

  private void countJoined(Parked.Place place, long now) {
    counters.joinedMessages.increment();
    counters.joinedLateMillis.add(Math.max(0, now - place.dueMillis()));
  }

  /** Nobody should ever see this: what waits is kept. */
  private void lose(Parked.Place place, Queue from) {
    logger.error(
        "A message of the topic {} that was to be delivered at {} is not in the log any more",
        from.topic.knownName(),
        place.dueMillis());
    counters.unreadLostMessages.increment();
    recorder.record(
        new Change.MessageUnparked(place.queueId(), place.offset(), place.dueMillis(), false));
  }

  /** Retention would take it before half of what others get. */
  private boolean isOld(Run run) {
    boolean isFarBack =
        retentionBytes > 0 && log.bytesBetween(run.position(), log.end()) > retentionBytes / 2;
    return isFarBack
        || retentionTime
            .filter(time -> clock.wallMillis() - run.storeMillis > time.toMillis() / 2)
            .isPresent();
  }

  // ---- retention

  /** The log must be kept from there; {@link Long#MAX_VALUE}: nothing waits. */
  long keptFrom() {
    return parked.keptFrom();
  }

  /** Retention wants to remove what stands before this position: what waits there is carried. */
  void clearBefore(long position) {
    clearedBefore = Math.max(clearedBefore, position);
  }

  /** Carries some of what stands in the way of retention; whether any. */
  private boolean carryAway() {
    if (clearedBefore == 0) {
      return false;
    }
    boolean any = false;
    for (Parked.Standing each : parked.standingBefore(clearedBefore, MAX_CARRIED)) {
      Parked.Place place = each.place();
      Queue from = queues.byId(place.queueId());
      if (from == null) {
        parked.forget(place);
        any = true;
      } else if (!carried.contains(place) && place.offset() < from.visibleEnd) {
        Run run = queues.anyRunAt(from, place.offset());
        any |= run != null && carry(place, from, run);
      }
    }
    if (!any && carried.isEmpty()) {
      // It is asked for again as long as something is there.
      clearedBefore = 0;
    }
    return any;
  }

  /** Appends a message anew, if not too many are being carried already. */
  private boolean carry(Parked.Place place, Queue from, Run run) {
    long bytes = run.sizeOf(place.offset());
    boolean isMuch = carried.size() >= MAX_CARRIED || carriedBytes + bytes > maxCarriedBytes;
    if (isMuch && !carried.isEmpty()) {
      return false;
    }
    carried.add(place);
    carriedBytes += bytes;
    String topic = from.topic.knownName();
    // As it was understood when it was sent: the property with the key may be another one now.
    Demand demand =
        new Demand(
            from.fairnessKey,
            run.costOf(place.offset()),
            run.deadlineOf(place.offset()),
            Demand.NO_PRIORITY);
    MessageLoader.Place at = new MessageLoader.Place(from.id, run, place.offset());
    readers.execute(() -> {
      try {
        long idHash = SentMessages.moveHash(place.queueId(), place.offset());
        Draft draft = Draft.of(loader.load(at).message(), demand, idHash);
        later.accept(() -> append(topic, place, draft, bytes));
      } catch (IOException e) {
        logger.warn("A message that waits can't be carried on: {}", e.getMessage());
        later.accept(() -> ended(place, bytes, false));
      }
    });
    return true;
  }

  private void append(String topic, Parked.Place place, Draft draft, long bytes) {
    append.accept(
        new Appender.Request(
            topic,
            null,
            List.of(draft),
            false,
            List.of(
                new Change.MessageUnparked(
                    place.queueId(), place.offset(), place.dueMillis(), true)),
            () -> refusedNow(place),
            outcomes -> ended(place, bytes, isStored(outcomes))));
  }

  private static boolean isStored(List<Outcome<SendReceipt>> outcomes) {
    return outcomes.getFirst().isOk();
  }

  /** It may have been taken back while it was read. */
  private @Nullable Refusal refusedNow(Parked.Place place) {
    return parked.isWaiting(place)
        ? null
        : new Refusal(RefusalCode.MESSAGE_NOT_WAITING, "the message waits there no more");
  }

  private void ended(Parked.Place place, long bytes, boolean isStored) {
    carried.remove(place);
    carriedBytes -= bytes;
    long now = clock.wallMillis();
    boolean isDue = place.dueMillis() <= now;
    if (isStored) {
      counters.carriedMessages.increment();
      if (isDue) {
        countJoined(place, now);
      }
      return;
    }
    // Not again and again: the disk may be full. Retention asks for it as long as it is in its way.
    clearedBefore = 0;
    if (isDue && parked.isWaiting(place)) {
      leftThere.add(place);
    }
  }

  // ---- time

  /** When there is something to do, in the shard's time. */
  long nextMillis() {
    long now = clock.millis();
    if (isStuck) {
      return now + LOOK_AGAIN_MILLIS;
    }
    long next = parked.nextDue();
    return next == Timers.NEVER ? Timers.NEVER : now + Math.max(0, next - clock.wallMillis());
  }

  /** For how long the first of those whose time has come has waited since, in milliseconds. */
  long lagMillis() {
    long next = parked.nextDue();
    return next == 0 ? 0 : Math.max(0, clock.wallMillis() - next);
  }
}
