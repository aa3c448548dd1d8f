package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Serves waiting polls from ready sets: decides which poll is next, how
 * much it gets, and message by message, where the group's rules ask for it, out of which queue.
 *
 * <p>A subscriber that a gate holds back is put aside ({@link Gates}) and served again when the
 * gate opens; nothing is looked at meanwhile.
 */
final class PollServer {
  /** With more queues ready than this there is enough for everybody. */
  private static final int MAX_COUNTED_QUEUES = 64;

  private final EngineConfig config;
  private final Timers timers;
  private final ShardClock clock;
  private final Taker taker;
  private final Delivery delivery;
  private final Consumer<Runnable> later;
  private final EngineListener listener;
  private final ArrayDeque<Subscriber> toServe = new ArrayDeque<>();

  /** Could not be served because the disk was full to the last reserve. */
  private final Set<Subscriber> starved = new LinkedHashSet<>();

  /** Whose gates are closed for somebody who waits. */
  private final Set<Group> holding = new LinkedHashSet<>();

  /** Polls served so far. */
  private long lastServed;

  /** What ready sets and queues are kept by. */
  private final Dispatcher dispatcher;

  PollServer(
      EngineConfig config,
      ShardState state,
      Dispatcher dispatcher,
      Taker taker,
      Delivery delivery,
      Consumer<Runnable> later,
      EngineListener listener) {
    this.listener = listener;
    this.config = config;
    timers = state.timers();
    clock = state.clock();
    this.dispatcher = dispatcher;
    this.taker = taker;
    this.delivery = delivery;
    this.later = later;
  }

  /** Something may be there for its polls: they are served at the end of the turn. */
  void toServe(Subscriber subscriber) {
    if (subscriber.polls.isEmpty()) {
      announce(subscriber);
      return;
    }
    if (!subscriber.isToServe && subscriber.ready.hasOpen()) {
      subscriber.isToServe = true;
      toServe.add(subscriber);
    }
  }

  /** Nobody polls here: whoever keeps its polls may send one. */
  private void announce(Subscriber subscriber) {
    boolean hasSomething =
        subscriber.ready.hasOpen() || (subscriber.misses && !subscriber.isWanted(clock.millis()));
    if (hasSomething && !subscriber.isAnnounced) {
      subscriber.isAnnounced = true;
      listener.ready(subscriber.group.name(), subscriber.topic, subscriber.clientId);
    }
  }

  /** Serves those for whom something became ready in this turn. */
  void serve() {
    serveFreed();
    for (Subscriber next = toServe.poll(); next != null; next = toServe.poll()) {
      serveReady(next);
      dispatcher.refill(next);
      // Not before: what a poll leaves behind is touched and must not call for another round.
      next.isToServe = false;
      if (next.polls.isEmpty()) {
        announce(next);
      }
    }
  }

  /** Tries again to serve those for whom the disk had no room. */
  void serveStarved() {
    starved.forEach(this::toServe);
    starved.clear();
  }

  // ---- gates

  /** Leases have ended, or rules have changed, where somebody waits for that. */
  private void serveFreed() {
    if (!holding.isEmpty()) {
      holding.removeIf(group -> {
        if (group.gates.isFreed()) {
          group.gates.emptied(clock.millis()).forEach(key -> reopen(group, key));
          group.gates.release().forEach(this::toServe);
        }
        return group.isDeleted || !group.gates.isWaitedFor();
      });
    }
  }

  /** The time has come at which a group's gate opens. */
  void wake(Gates gates) {
    gates.release().forEach(this::toServe);
  }

  /** The time has come at which the gate of a key opens. */
  void wake(KeyGate key) {
    reopen(key.gates.group, key);
  }

  /** The gate of a key may be open earlier than it seemed. */
  void reopen(Group group, KeyGate key) {
    group.shares.reopen(key, this::toServe);
  }

  private void hold(Subscriber subscriber, long untilMillis) {
    Group group = subscriber.group;
    group.gates.hold(subscriber);
    holding.add(group);
    if (untilMillis != Timers.NEVER) {
      timers.wakeAt(group.gates, untilMillis);
    }
  }

  // ---- serving

  private void serveReady(Subscriber subscriber) {
    List<WaitingPoll> unserved = new ArrayList<>(0);
    serveReady(subscriber, unserved);
    subscriber.polls.addAll(unserved);
  }

  /**
   * Serves each of its polls once.
   *
   * @param unserved those for which there was nothing, taken out meanwhile
   */
  private void serveReady(Subscriber subscriber, List<WaitingPoll> unserved) {
    Gates gates = subscriber.group.gates;
    int part = partOf(subscriber);
    while (!subscriber.polls.isEmpty() && subscriber.ready.hasOpen()) {
      long now = clock.millis();
      long openAt = gates.isPlain() ? now : gates.openAt(now, 0);
      if (openAt > now) {
        hold(subscriber, openAt);
        return;
      }
      WaitingPoll poll = next(subscriber, now);
      if (poll == null) {
        return;
      }
      if (poll.reply.isDone()) {
        dispatcher.left(poll);
      } else if (!serve(subscriber, poll, part)) {
        unserved.add(poll);
      }
    }
  }

  /** Takes out the poll to serve; null if no client has room for more. */
  private @Nullable WaitingPoll next(Subscriber subscriber, long now) {
    Gates gates = subscriber.group.gates;
    if (!gates.isCountingClients()) {
      return subscriber.polls.remove();
    }
    WaitingPoll best = null;
    int mostRoom = 0;
    long roomAt = Timers.NEVER;
    for (WaitingPoll poll : subscriber.polls) {
      int room = gates.roomOf(poll.client.id, now);
      if (room > mostRoom) {
        best = poll;
        mostRoom = room;
      } else if (room == 0) {
        roomAt = Math.min(roomAt, gates.roomAt(poll.client.id));
      }
    }
    if (best == null) {
      hold(subscriber, roomAt);
    } else {
      subscriber.polls.remove(best);
    }
    return best;
  }

  /** Serves one poll; false if there was nothing for it. */
  private boolean serve(Subscriber subscriber, WaitingPoll poll, int part) {
    Gates gates = subscriber.group.gates;
    boolean isByQueue = subscriber.isStrict;
    int most =
        Math.min(
            isByQueue ? Integer.MAX_VALUE : part, gates.roomOf(poll.client.id, clock.millis()));
    Taker.Batch batch = taker.newBatch(poll, most);
    List<Progress> visited = take(subscriber, batch, isByQueue ? part : Integer.MAX_VALUE);
    boolean isServed = !batch.taken().isEmpty();
    if (isServed) {
      dispatcher.left(poll);
      subscriber.lastServed = ++lastServed;
      delivery.deliver(poll, batch.taken());
      measure(subscriber.group, batch.taken(), batch.nowMillis());
    } else if (batch.isRefused()) {
      starved.add(subscriber);
    } else if (batch.isCutShort()) {
      later.accept(() -> toServe(subscriber));
    }
    batch.settle();
    for (Progress progress : visited) {
      progress.claim = null;
      if (batch.isByMessage()) {
        dispatcher.leaveIfDone(subscriber, progress, batch.nowMillis());
      }
    }
    visited.forEach(dispatcher::touch);
    if (batch.isHeld()) {
      hold(subscriber, batch.heldUntilMillis());
    }
    return isServed;
  }

  private void measure(Group group, List<Taker.Taken> taken, long now) {
    int from = 0;
    long cost = 0;
    for (int i = 0; i < taken.size(); i++) {
      Taker.Taken each = taken.get(i);
      cost += each.run().costOf(each.offset());
      int priority = each.progress().queue.priority;
      boolean isLast =
          i + 1 == taken.size() || taken.get(i + 1).progress().queue.priority != priority;
      if (isLast) {
        group.rates.add(now, priority, i + 1 - from, cost);
        from = i + 1;
        cost = 0;
      }
    }
  }

  /** Takes up to a batch out of the ready set, over as many queues as it needs. */
  private List<Progress> take(Subscriber subscriber, Taker.Batch batch, int maxQueues) {
    List<Progress> visited = new ArrayList<>();
    ReadySet ready = subscriber.ready;
    long now = batch.nowMillis();
    int queues = 0;
    while (!batch.isFull() && !batch.isRefused() && !batch.isHeld() && queues < maxQueues) {
      Progress progress = ready.poll();
      if (progress == null) {
        break;
      }
      dispatcher.taken(progress, now);
      if (!progress.isReady(now, config.maxWindow()) || !follows(subscriber, progress)) {
        continue;
      }
      visited.add(progress);
      int before = batch.taken().size();
      Shares.Share share = ready.chosenShare();
      taker.take(progress, batch, share);
      boolean isServed = batch.taken().size() > before;
      queues += isServed ? 1 : 0;
      if (batch.isHeld() || share.gate.isClosed()) {
        // It keeps its place, else what is costly would wait for ever behind what is not.
        dispatcher.putBack(subscriber, progress, now);
      } else if (batch.isByMessage() && isServed && taker.mayGoOn(progress, batch)) {
        dispatcher.addAgain(subscriber, progress, now);
      }
    }
    ready.clearChosen();
    for (KeyGate key : batch.closedKeys()) {
      closed(subscriber.group, key);
    }
    return visited;
  }

  private void closed(Group group, KeyGate key) {
    group.shares.close(key);
    if (key.isFull()) {
      holding.add(group);
    } else {
      timers.wakeAt(key, key.closedUntilMillis());
    }
  }

  /** A client may have left a lite topic that still stands in its ready set. */
  private static boolean follows(Subscriber subscriber, Progress progress) {
    if (!subscriber.group.isByName()) {
      return true;
    }
    for (Follower follower : progress.queue.followers) {
      if (follower.groupId() == subscriber.group.id
          && follower.clientId().equals(subscriber.clientId)) {
        return true;
      }
    }
    return false;
  }

  // ---- sharing out

  /**
   * What each waiting client gets if there is less than they ask for: messages, or queues where
   * these are strictly ordered and go to one client at a time.
   */
  private int partOf(Subscriber subscriber) {
    int pollers = pollers(subscriber);
    if (pollers < 2 || subscriber.ready.size() > MAX_COUNTED_QUEUES) {
      return Integer.MAX_VALUE;
    }
    long[] available = new long[1];
    boolean isByQueue = subscriber.isStrict;
    subscriber.ready.forEach(each -> available[0] += isByQueue ? 1 : each.available());
    return Math.clamp((available[0] + pollers - 1) / pollers, 1, Integer.MAX_VALUE);
  }

  /** Clients that poll. */
  private static int pollers(Subscriber subscriber) {
    if (subscriber.polls.size() < 2 || subscriber.group.isByName()) {
      return 1;
    }
    Set<String> clients = new HashSet<>();
    for (WaitingPoll poll : subscriber.polls) {
      clients.add(poll.client.id);
    }
    return clients.size();
  }
}
