package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.ShardAck;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.engine.subscription.SubscriptionReport;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.subscription.WakeKey;
import io.rivulet.engine.time.ShardClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Wakes subscribers to streams.
 *
 * <p>A subscription has one wake at a time, with a generation and a random id. It is idle; or its
 * wake is on its way (SENDING), is to be sent again (FAILED), waits for a worker (OFFERED) or is
 * worked for under a lease (HELD). Each step is a record, so after a crash what was not delivered
 * is sent again under the same id, and who has a lease keeps it. Only the end of a lease, or its
 * being done, lets the next wake be another one, which fences whoever worked for the last.
 *
 * <p>Subscriptions that are to be woken stand in a line, each at most once, until the server takes
 * them: as many as it can deliver at a time.
 */
final class Wakes implements Dispatcher.QueueWatcher {
  private static final int MAX_ACKS = 1024;
  private static final int MAX_WORKER_BYTES = 256;

  /** A wake that was taken and of which nothing was heard for so long is handed out again. */
  private static final long SILENCE_MILLIS = 60_000;

  /** When the disk had no room for a record, it is tried again after this time. */
  private static final long RETRY_MILLIS = 1000;

  private static final class Taker {
    final int limit;
    final BooleanSupplier isGone;
    final Consumer<Outcome<List<Wake>>> reply;

    Taker(int limit, BooleanSupplier isGone, Consumer<Outcome<List<Wake>>> reply) {
      this.limit = limit;
      this.isGone = isGone;
      this.reply = reply;
    }
  }

  private final SubscriptionBounds bounds;
  private final Catalog catalog;
  private final QueueTable queues;
  private final SubscriptionFold subscriptions;
  private final Recorder recorder;
  private final Timers timers;
  private final Ids ids;
  private final ShardClock clock;
  private final Counters counters;
  private final ArrayDeque<StreamSubscription> due = new ArrayDeque<>();
  private final ArrayDeque<Taker> takers = new ArrayDeque<>();

  private final PendingStreams here;
  private final Followings followings;

  /** By then all shards have told what they have, at least once since the start. */
  private long allHeardMillis;

  Wakes(
      SubscriptionBounds bounds,
      ShardState state,
      Counters counters,
      PendingStreams here,
      Followings followings) {
    this.here = here;
    this.followings = followings;
    this.bounds = bounds;
    catalog = state.catalog();
    queues = state.queues();
    subscriptions = state.fold().subscriptions();
    recorder = state.recorder();
    timers = state.timers();
    ids = state.ids();
    clock = state.clock();
    this.counters = counters;
  }

  // ---- events

  @Override
  public void topicMade(Topic topic) {}

  @Override
  public void queueMade(Queue queue) {}

  @Override
  public void visible(Queue queue) {
    List<StreamLink> links = subscriptions.links(queue);
    if (!links.isEmpty()) {
      links.forEach(each -> consider(each.subscription));
      serve();
    }
  }

  /** At start: who was to be woken, and whose lease ends. */
  void load() {
    allHeardMillis = followings.isAlone() ? 0 : clock.millis() + Followings.REPEATED_WITHIN_MILLIS;
    subscriptions
        .all()
        .forEach(each -> {
          shorten(each);
          consider(each);
        });
  }

  /** The last owner's clock may have been ahead; no lease lasts longer than from now on. */
  private void shorten(StreamSubscription subscription) {
    WakeState wake = subscription.wake;
    long longest = clock.millis() + subscription.definition.leaseTtl().toMillis();
    if (followings.holds(subscription)
        && wake.phase() == WakeState.Phase.HELD
        && wake.untilMillis() > longest
        && recorder.hasRoomForProgress()) {
      turn(subscription, wake.held(wake.holder(), longest));
    }
  }

  /** Its time has come. */
  void wake(StreamSubscription subscription) {
    consider(subscription);
    serve();
  }

  void removed(StreamSubscription subscription) {
    timers.cancel(subscription);
  }

  /** How many are to be woken and are not yet. */
  long waiting() {
    return subscriptions.all().stream()
        .filter(each -> each.isDue || each.wake.phase() == WakeState.Phase.FAILED)
        .count();
  }

  /** Sees to it that what is next for a subscription happens. */
  private void consider(StreamSubscription subscription) {
    if (subscription.isRemoved || subscription.isDue) {
      return;
    }
    if (!followings.holds(subscription)) {
      followings.report(subscription);
      return;
    }
    WakeState wake = subscription.wake;
    switch (wake.phase()) {
      case IDLE -> {
        if (hasPending(subscription)) {
          line(subscription);
        }
      }
      case SENDING -> {
        if (!subscription.isTaken) {
          lineAgain(subscription);
        } else if (isAt(subscription, wake.untilMillis() + SILENCE_MILLIS)) {
          subscription.isTaken = false;
          lineAgain(subscription);
        }
      }
      case FAILED -> {
        if (isAt(subscription, wake.untilMillis())) {
          lineAgain(subscription);
        }
      }
      case HELD -> {
        if (isAt(subscription, wake.untilMillis())) {
          expire(subscription);
        }
      }
      case OFFERED -> {}
    }
  }

  /**
   * A wake goes out once more. What other shards have for it is in no log: after a start they are
   * heard first, or there would seem to be nothing, and the next wake would be another one.
   */
  private void lineAgain(StreamSubscription subscription) {
    if (hasPending(subscription) || isAt(subscription, allHeardMillis)) {
      line(subscription);
    }
  }

  private void line(StreamSubscription subscription) {
    subscription.isDue = true;
    due.add(subscription);
  }

  /** Whether it is that time; if not, the subscription is looked at again then. */
  private boolean isAt(StreamSubscription subscription, long millis) {
    if (millis <= clock.millis()) {
      return true;
    }
    timers.wakeAt(subscription, millis);
    return false;
  }

  private void expire(StreamSubscription subscription) {
    if (!recorder.hasRoomForProgress()) {
      timers.wakeAt(subscription, clock.millis() + RETRY_MILLIS);
      return;
    }
    turn(subscription, subscription.wake.idle());
  }

  private void turn(StreamSubscription subscription, WakeState next) {
    recorder.record(new Change.SubscriptionTurned(subscription.id, next));
    subscription.isTaken = next.phase() == WakeState.Phase.SENDING;
    consider(subscription);
  }

  // ---- handing out

  /**
   * Waits for wakes.
   *
   * @param isGone nobody waits for the answer any more
   */
  void take(int limit, BooleanSupplier isGone, Consumer<Outcome<List<Wake>>> reply) {
    if (limit < 1) {
      reply.accept(
          Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, "at least 1 wake is taken, not " + limit));
      return;
    }
    takers.add(new Taker(limit, isGone, reply));
    serve();
  }

  void answerAll() {
    takers.forEach(each -> each.reply.accept(Outcome.ok(List.of())));
    takers.clear();
  }

  private void serve() {
    takers.removeIf(each -> each.isGone.getAsBoolean());
    while (!due.isEmpty() && !takers.isEmpty()) {
      List<Wake> wakes = new ArrayList<>();
      while (wakes.size() < takers.element().limit && !due.isEmpty()) {
        if (!recorder.hasRoomForProgress()) {
          due.forEach(each -> timers.wakeAt(each, clock.millis() + RETRY_MILLIS));
          break;
        }
        StreamSubscription next = due.remove();
        next.isDue = false;
        Wake wake = send(next);
        if (wake == null) {
          consider(next); // somebody went on with it while it stood in the line
        } else {
          wakes.add(wake);
        }
      }
      if (wakes.isEmpty()) {
        return;
      }
      Taker taker = takers.remove();
      recorder.whenDurable(() -> taker.reply.accept(Outcome.ok(wakes)));
    }
  }

  /** The wake that is sent; null: there is no reason any more. */
  private @Nullable Wake send(StreamSubscription subscription) {
    WakeState wake = subscription.wake;
    boolean isOver =
        switch (wake.phase()) {
          case IDLE, FAILED -> subscription.isRemoved;
          case SENDING -> subscription.isRemoved || subscription.isTaken;
          case OFFERED, HELD -> true;
        };
    if (isOver) {
      return null;
    }
    List<LinkedStream> streams = pending(subscription);
    if (streams.isEmpty()) {
      if (wake.phase() != WakeState.Phase.IDLE) {
        turn(subscription, wake.idle());
      }
      return null;
    }
    WakeState next = wake.phase() == WakeState.Phase.IDLE ? wake.next(ids.leaseSeed()) : wake;
    turn(
        subscription, next.sending(clock.millis() + subscription.definition.leaseTtl().toMillis()));
    return wakeOf(subscription, streams);
  }

  private static Wake wakeOf(StreamSubscription subscription, List<LinkedStream> streams) {
    return new Wake(
        subscription.wake.key(subscription.name),
        subscription.definition,
        subscription.wake.failures(),
        streams);
  }

  /** Some streams with something pending, here and in other shards. */
  private List<LinkedStream> pending(StreamSubscription subscription) {
    int most = bounds.maxWakeStreams();
    long now = clock.millis();
    List<LinkedStream> found = new ArrayList<>();
    if (subscription.hasPendingElsewhere(now) && subscription.takesTurns()) {
      subscription.addPendingElsewhere(found, most, now);
    }
    if (found.size() < most) {
      int before = found.size();
      found.addAll(here.of(subscription, most - before));
      if (before == 0) {
        subscription.addPendingElsewhere(found, most, now);
      }
    }
    return found;
  }

  private boolean hasPending(StreamSubscription subscription) {
    return subscriptions.hasPending(subscription)
        || subscription.hasPendingElsewhere(clock.millis());
  }

  // ---- delivering

  /** The subscription whose current wake this is. */
  private @Nullable StreamSubscription current(WakeKey key) {
    StreamSubscription subscription = subscriptions.byName(key.subscription());
    return subscription != null && subscription.wake.key(subscription.name).equals(key)
        ? subscription
        : null;
  }

  void delivered(WakeKey key, Consumer<Outcome<Boolean>> reply) {
    counters.deliveredWakes.increment();
    StreamSubscription subscription = current(key);
    boolean isSending =
        subscription != null && subscription.wake.phase() == WakeState.Phase.SENDING;
    if (isSending && subscription != null && recorder.hasRoomForProgress()) {
      WakeState wake = subscription.wake;
      boolean isPull = subscription.definition.wakeBy() instanceof WakeBy.PullWake;
      turn(subscription, isPull ? wake.offered() : wake.held("", wake.untilMillis()));
      serve();
    }
    recorder.answer(Outcome.ok(isSending), reply);
  }

  void failed(WakeKey key, Duration retryAfter, Consumer<Outcome<Boolean>> reply) {
    counters.failedWakes.increment();
    StreamSubscription subscription = current(key);
    boolean isSending =
        subscription != null && subscription.wake.phase() == WakeState.Phase.SENDING;
    if (isSending && subscription != null && recorder.hasRoomForProgress()) {
      turn(
          subscription,
          subscription.wake.failed(clock.millis() + Math.max(0, retryAfter.toMillis())));
      serve();
    }
    recorder.answer(Outcome.ok(isSending), reply);
  }

  // ---- working

  void claim(String name, String worker, Consumer<Outcome<Claimed>> reply) {
    Outcome<Claimed> outcome = claim(name, worker);
    recorder.answer(outcome, reply);
  }

  private Outcome<Claimed> claim(String name, String worker) {
    StreamSubscription subscription = subscriptions.byName(name);
    if (subscription == null) {
      return Outcome.refused(StreamSubscriptions.missing(name));
    }
    int bytes = worker.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > MAX_WORKER_BYTES) {
      return Outcome.refused(
          RefusalCode.ILLEGAL_ARGUMENT,
          "a worker has a name of 1 to " + MAX_WORKER_BYTES + " bytes in UTF-8");
    }
    if (!(subscription.definition.wakeBy() instanceof WakeBy.PullWake)) {
      return Outcome.refused(
          RefusalCode.ILLEGAL_ARGUMENT, "the subscription is woken by a webhook, not claimed");
    }
    if (!recorder.hasRoomForProgress()) {
      return Outcome.refused(recorder.noRoom());
    }
    long now = clock.millis();
    WakeState wake = subscription.wake;
    boolean isHeld = wake.phase() == WakeState.Phase.HELD;
    if (isHeld && wake.untilMillis() > now) {
      return Outcome.ok(new Claimed.Held(wake.holder(), wake.generation()));
    }
    List<LinkedStream> streams = pending(subscription);
    if (streams.isEmpty()) {
      // What was offered before the start is still: other shards may not have been heard yet.
      if (wake.phase() != WakeState.Phase.IDLE && now >= allHeardMillis) {
        turn(subscription, wake.idle());
      }
      return Outcome.ok(new Claimed.NothingPending());
    }
    boolean isNew = isHeld || wake.phase() == WakeState.Phase.IDLE;
    WakeState claimed = isNew ? wake.next(ids.leaseSeed()) : wake;
    turn(subscription, claimed.held(worker, now + subscription.definition.leaseTtl().toMillis()));
    return Outcome.ok(new Claimed.Granted(wakeOf(subscription, streams)));
  }

  void acknowledge(
      WakeKey key, List<StreamAck> acks, boolean isDone, Consumer<Outcome<WakeAnswer>> reply) {
    Outcome<WakeAnswer> outcome = acknowledge(key, acks, isDone);
    recorder.answer(outcome, reply);
  }

  private Outcome<WakeAnswer> acknowledge(WakeKey key, List<StreamAck> acks, boolean isDone) {
    StreamSubscription subscription = subscriptions.byName(key.subscription());
    if (subscription == null) {
      return Outcome.refused(StreamSubscriptions.missing(key.subscription()));
    }
    if (acks.size() > MAX_ACKS) {
      return Outcome.refused(
          RefusalCode.ILLEGAL_ARGUMENT, "at most " + MAX_ACKS + " acks are taken at a time");
    }
    WakeState wake = subscription.wake;
    boolean isOpen =
        switch (wake.phase()) {
          case SENDING, FAILED -> true;
          case HELD -> wake.untilMillis() > clock.millis();
          case IDLE, OFFERED -> false;
        };
    if (!isOpen || current(key) == null) {
      return Outcome.ok(new WakeAnswer.Fenced(wake.generation()));
    }
    if (!recorder.hasRoomForProgress()) {
      return Outcome.refused(recorder.noRoom());
    }
    List<Change> changes = new ArrayList<>(acks.size());
    for (StreamAck ack : acks) {
      WakeAnswer against = judge(subscription, ack, changes);
      if (against != null) {
        return Outcome.ok(against);
      }
    }
    changes.forEach(recorder::record);
    WakeState next =
        isDone
            ? wake.idle()
            : wake.held(
                wake.holder(), clock.millis() + subscription.definition.leaseTtl().toMillis());
    turn(subscription, next);
    serve();
    return Outcome.ok(new WakeAnswer.Done(isDone && hasPending(subscription)));
  }

  /**
   * Says how far streams of this shard are done, for a wake that may be held by another shard; all
   * or none.
   *
   * @param applies else it is only said whether they could be
   */
  void acknowledgeHere(
      String name, List<StreamAck> acks, boolean applies, Consumer<Outcome<ShardAck>> reply) {
    StreamSubscription subscription = subscriptions.byName(name);
    if (subscription == null || !recorder.hasRoomForProgress()) {
      reply.accept(
          Outcome.refused(
              subscription == null ? StreamSubscriptions.missing(name) : recorder.noRoom()));
      return;
    }
    WakeAnswer answer = new WakeAnswer.Done(false);
    List<Change> changes = new ArrayList<>(acks.size());
    for (StreamAck ack : acks) {
      WakeAnswer against = judge(subscription, ack, changes);
      if (against != null) {
        answer = against;
        changes.clear();
        break;
      }
    }
    if (applies) {
      changes.forEach(recorder::record);
    }
    ShardAck ack = new ShardAck(answer, followings.reportOf(subscription));
    if (answer instanceof WakeAnswer.Done) {
      recorder.whenDurable(() -> reply.accept(Outcome.ok(ack)));
    } else {
      recorder.answer(Outcome.ok(ack), reply);
    }
  }

  /** What other shards have for subscriptions that are held here. Outcome: those that are not. */
  void hear(List<SubscriptionReport> reports, Consumer<Outcome<List<Long>>> reply) {
    List<Long> unknown = new ArrayList<>();
    for (SubscriptionReport each : reports) {
      StreamSubscription subscription = subscriptions.byId(each.id());
      if (subscription == null) {
        unknown.add(each.id());
      } else {
        subscription.heard(each, clock.millis());
        consider(subscription);
      }
    }
    serve();
    if (unknown.isEmpty()) {
      reply.accept(Outcome.ok(unknown)); // they come every few seconds, and this changes nothing
    } else {
      recorder.answer(Outcome.ok(unknown), reply);
    }
  }

  /** Why it can't be acknowledged; null: it can, and then what changes is added. */
  private @Nullable WakeAnswer judge(
      StreamSubscription subscription, StreamAck ack, List<Change> changes) {
    if (!subscription.follows(ack.stream())) {
      return new WakeAnswer.NotLinked(ack.stream());
    }
    Topic topic = catalog.topic(ack.stream().topic());
    Queue queue = topic == null ? null : queues.byName(topic, ack.stream().liteTopic());
    if (queue == null) {
      return null; // it went while it was worked on
    }
    if (ack.offset() > queue.nextOffset) {
      return new WakeAnswer.BeyondEnd(ack, queue.nextOffset);
    }
    StreamLink link = subscriptions.link(subscription, queue);
    if (link != null && link.isPending && ack.offset() > link.ackedOffset) {
      changes.add(new Change.StreamAcknowledged(subscription.id, queue.id, ack.offset()));
    }
    return null;
  }
}
