package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Event-driven dispatch: every event (append, acknowledgement, end of a
 * lease, subscription) looks at the one queue that it concerns and puts it into the ready sets of
 * those who may take it; polls are served from ready sets only. No set of subscriptions is ever
 * scanned, so the cost of a message does not depend on how many queues anybody follows.
 *
 * <p>Ready sets err on one side only: what is deliverable is always in them (the simulation checks
 * this against a full scan after every step); what is in them may have been taken by somebody else
 * meanwhile and is then dropped when it comes up.
 *
 * <p>Polls are served at the end of a turn, when all that happened in it is known, so that one
 * reply takes messages of many queues.
 */
final class Dispatcher {
  /** Of queues in one ready set, most of them held back by closed gates. */
  static final int MAX_WINDOWS = 8;

  /** For so long after a poll that does not wait, more is loaded for the next one. */
  private static final long WANTED_MILLIS = 1000;

  private final EngineConfig config;
  private final Catalog catalog;
  private final QueueTable queues;
  private final Timers timers;
  private final ShardClock clock;
  private final DoubtedGrants doubted;
  private final Clients clients;
  private final LiteSets liteSets;
  private final Delivery delivery;
  private final Counters counters;
  private final Replies replies;
  private final List<QueueWatcher> watchers = new ArrayList<>(1);
  private Consumer<Subscriber> refills = _ -> {};
  private Consumer<Subscriber> toServe = _ -> {};

  /** Queues in all ready sets. */
  private int readyQueues;

  /** Somebody else who wants to know that a queue was made or has new messages. */
  interface QueueWatcher {
    void queueMade(Queue queue);

    void visible(Queue queue);

    void topicMade(Topic topic);

    /** Something was acknowledged there, or somebody left: it may have served its purpose. */
    default void mayBeDone(Queue queue) {}
  }

  Dispatcher(
      EngineConfig config,
      ShardState state,
      Clients clients,
      LiteSets liteSets,
      Delivery delivery,
      Counters counters,
      Replies replies) {
    this.config = config;
    catalog = state.catalog();
    queues = state.queues();
    timers = state.timers();
    clock = state.clock();
    doubted = state.fold().doubtedGrants();
    this.clients = clients;
    this.liteSets = liteSets;
    this.delivery = delivery;
    this.counters = counters;
    this.replies = replies;
  }

  /** Who is told of subscribers that poll and have no more of what they miss. */
  void refilledBy(Consumer<Subscriber> refill) {
    refills = refill;
  }

  /** Who serves subscribers that poll and for whom something is ready. */
  void servedBy(Consumer<Subscriber> server) {
    toServe = server;
  }

  void watchedBy(QueueWatcher... all) {
    watchers.addAll(List.of(all));
  }

  // ---- events

  void topicMade(Topic topic) {
    watchers.forEach(each -> each.topicMade(topic));
  }

  void queueMade(Queue queue) {
    watchers.forEach(each -> each.queueMade(queue));
  }

  /** A follower has left. */
  void unsubscribed(Queue queue) {
    watchers.forEach(each -> each.mayBeDone(queue));
  }

  /** Something was acknowledged. */
  void acknowledged(Queue queue) {
    watchers.forEach(each -> each.mayBeDone(queue));
  }

  /** The engine itself settled a message of this queue for the group. */
  void settled(long groupId, long queueId) {
    Group group = catalog.group(groupId);
    Queue queue = group == null ? null : queues.byId(queueId);
    Progress progress = group == null || queue == null ? null : queue.progressOf(group);
    if (progress != null) {
      touch(progress);
    }
  }

  /** A message of this queue was cancelled: what follows it may be deliverable now. */
  void cancelled(long queueId) {
    Queue queue = queues.byId(queueId);
    if (queue != null) {
      queue.progress.forEach(this::touch);
      acknowledged(queue);
    }
  }

  /** The queue's place among what is ready changes: it is taken out meanwhile. */
  void reclass(Queue queue, Runnable change) {
    for (Progress progress : queue.progress) {
      leaveReadySets(progress);
    }
    change.run();
    queue.progress.forEach(this::touch);
  }

  private void leaveReadySets(Progress progress) {
    if (progress.readySets > 0 && !progress.group.isByName()) {
      remove(progress.groupTopic.subscriber, progress);
    } else if (progress.readySets > 0) {
      // Also of those who have left the queue and have not noticed.
      subscribers(progress.group).forEach(each -> remove(each, progress));
    }
  }

  private List<Subscriber> subscribers(Group group) {
    if (!group.isByName()) {
      return group.topics.values().stream().map(each -> each.subscriber).toList();
    }
    List<Subscriber> all = new ArrayList<>();
    for (Client client : clients.all()) {
      Client.LiteSet set = client.liteSets.get(group.name());
      if (set != null && set.subscriber.group == group) {
        all.add(set.subscriber);
      }
    }
    return all;
  }

  /** The rules change by which a group's ready sets are ordered: they are filled anew. */
  void reshare(Group group, Runnable change) {
    Map<Subscriber, List<Progress>> ready = new LinkedHashMap<>();
    for (Subscriber subscriber : subscribers(group)) {
      List<Progress> stood = new ArrayList<>(subscriber.ready.size());
      subscriber.ready.forEach(stood::add);
      readyQueues -= stood.size();
      subscriber.ready.clear();
      ready.put(subscriber, stood);
    }
    change.run();
    ready.forEach((subscriber, stood) -> {
      long now = clock.millis();
      stood.forEach(each -> addTo(subscriber, each, now));
      toServe(subscriber);
    });
  }

  private void remove(Subscriber subscriber, Progress progress) {
    readyQueues -= subscriber.ready.remove(progress) ? 1 : 0;
  }

  /** Messages of the queue have become durable. */
  void visible(Queue queue) {
    if (queue.isGone()) {
      return;
    }
    if (queue.topic.type() == TopicType.LITE) {
      Set<Long> groups = queue.followers.size() > 1 ? new HashSet<>() : Set.of();
      for (Follower follower : queue.followers) {
        if (queue.followers.size() == 1 || groups.add(follower.groupId())) {
          visible(queue, follower.groupId());
        }
      }
    }
    queue.topic.forWhole(queue.name, follower -> touch(queues.progress(follower, queue)));
    watchers.forEach(each -> each.visible(queue));
  }

  private void visible(Queue queue, long groupId) {
    Group group = catalog.group(groupId);
    GroupTopic groupTopic = group == null ? null : group.topics.get(queue.topic.id);
    if (groupTopic != null) {
      touch(queues.progress(groupTopic, queue));
    }
  }

  /** Something about the progress changed: it may be deliverable now. */
  void touch(Progress progress) {
    long now = clock.millis();
    if (!progress.isReady(now, config.maxWindow())) {
      if (progress.suspendedUntilMillis > now && !progress.isGone()) {
        timers.wakeAt(progress, progress.suspendedUntilMillis);
      }
      return;
    }
    if (!progress.group.isByName()) {
      ready(progress.groupTopic.subscriber, progress, now);
      return;
    }
    for (Follower follower : progress.queue.followers) {
      if (follower.groupId() == progress.group.id) {
        Client client = clients.remembered(follower.clientId());
        ready(liteSets.of(client, progress.group).subscriber, progress, now);
      }
    }
  }

  private void ready(Subscriber subscriber, Progress progress, long now) {
    if (hasRoom(subscriber, progress)) {
      addTo(subscriber, progress, now);
    } else if (!subscriber.ready.contains(progress)) {
      KeyGate closed = subscriber.ready.closedGateOf(progress);
      if (closed == null) {
        subscriber.misses = true;
      } else {
        closed.missedBy(subscriber);
      }
      // It is looked for there, maybe before the next checkpoint.
      queues.writePending(progress);
    }
    toServe(subscriber);
  }

  private void addTo(Subscriber subscriber, Progress progress, long now) {
    standsReady(progress, now);
    readyQueues += subscriber.ready.add(progress, waitingSince(subscriber, progress)) ? 1 : 0;
  }

  private static void standsReady(Progress progress, long now) {
    if (progress.readySets == 0) {
      progress.readySinceMillis = now;
    }
  }

  /** When the message was stored that is next, if the order depends on it. */
  private long waitingSince(Subscriber subscriber, Progress progress) {
    if (!subscriber.group.shares.isAging()) {
      return 0;
    }
    long offset = progress.firstAvailable();
    Run run = queues.runAt(progress.queue, offset);
    return run == null ? 0 : run.storeMillis;
  }

  /** Queues in all ready sets now. */
  int readyQueues() {
    return readyQueues;
  }

  private boolean hasRoom(Subscriber subscriber, Progress progress) {
    int size = subscriber.ready.size();
    if (size >= config.readyWindow()) {
      // What closed gates hold back must not keep out what may be taken.
      boolean isOpen =
          subscriber.ready.openSize() < config.readyWindow()
              && size < MAX_WINDOWS * config.readyWindow()
              && subscriber.ready.closedGateOf(progress) == null;
      return isOpen || subscriber.ready.isBelow(progress.queue.priority);
    }
    return size == 0
        || readyQueues < config.maxReadyQueues()
        || subscriber.isWanted(clock.millis());
  }

  private void toServe(Subscriber subscriber) {
    toServe.accept(subscriber);
  }

  /** Its time has come: ends or renews leases, ends the suspension. */
  void wake(Progress progress) {
    if (progress.isGone()) {
      return;
    }
    long now = clock.millis();
    long newest = progress.isStrict() ? progress.newestGrantMillis() : 0;
    for (Lease lease : progress.outstanding.values()) {
      if (!lease.isDue && lease.grantedAtMillis < newest) {
        // Found after a restart, which does not know of ends: a newer batch says that it had ended.
        progress.expire(lease);
      } else if (!lease.isDue && lease.visibleAtMillis <= now) {
        boolean isRenewable =
            lease.isRenewed
                && !doubted.isDoubted(lease.grantedAtMillis)
                && now - lease.grantedAtMillis < config.maxLeaseTime().toMillis()
                && clients.isAlive(lease.clientId);
        if (isRenewable) {
          lease.visibleAtMillis = now + config.leaseTime().toMillis();
          queues.markDirty(progress);
          holds(lease.clientId, progress);
        } else {
          if (lease.worker != null) {
            lease.worker.expired(now, lease.grantedAtMillis);
          }
          progress.expire(lease);
        }
      }
    }
    long next = progress.nextEvent(now);
    if (next != Timers.NEVER) {
      timers.wakeAt(progress, next);
    }
    touch(progress);
  }

  /** Also of what it was leased before the shard was opened. */
  private void holds(@Nullable String clientId, Progress progress) {
    Client client = clientId == null ? null : clients.get(clientId);
    if (client != null) {
      client.hold(progress);
    }
  }

  // ---- polls

  /** A poll waits; it is served at the end of the turn or when something gets ready. */
  void await(WaitingPoll poll) {
    poll.subscriber.polls.add(poll);
    poll.subscriber.isAnnounced = false;
    if (poll.request.maxWait().isZero()) {
      poll.subscriber.wantedUntilMillis = clock.millis() + WANTED_MILLIS;
    }
    refill(poll.subscriber);
    counters.waitingPolls.increment();
    timers.wakeAt(poll, clock.millis() + poll.request.maxWait().toMillis());
    toServe(poll.subscriber);
  }

  /** A poll's time is over. */
  void wake(WaitingPoll poll) {
    if (poll.subscriber.polls.remove(poll)) {
      counters.waitingPolls.decrement();
      replies.complete(poll.reply, Outcome.ok(List.of()));
    }
  }

  /** Answers all polls with nothing, for the end. */
  void answerAll() {
    for (Group group : catalog.groups()) {
      group.topics.values().forEach(each -> answerAll(each.subscriber));
    }
    for (Client client : clients.all()) {
      client.liteSets.values().forEach(each -> answerAll(each.subscriber));
    }
  }

  /** Answers the polls of a subscriber that is no more, or may come back. */
  void answerAll(Subscriber subscriber) {
    for (WaitingPoll poll : subscriber.polls) {
      left(poll);
      replies.complete(poll.reply, Outcome.ok(List.of()));
    }
    subscriber.polls.clear();
    readyQueues -= subscriber.ready.size();
    // If it polls again it looks for them there, maybe before the next checkpoint.
    subscriber.ready.forEach(queues::writePending);
    subscriber.ready.clear();
    subscriber.misses = true;
  }

  /** The poll waits no more. */
  void left(WaitingPoll poll) {
    counters.waitingPolls.decrement();
    timers.cancel(poll);
  }

  /** Something of the queue was taken out of a ready set. */
  void taken(Progress progress, long now) {
    readyQueues--;
    counters.takenQueues.increment();
    counters.readyMillis.add(now - progress.readySinceMillis);
  }

  /** The queue's next message could not be had yet: it is the first of its kind. */
  void putBack(Subscriber subscriber, Progress progress, long now) {
    if (!subscriber.ready.contains(progress)) {
      standsReady(progress, now);
      subscriber.ready.putBack(progress, waitingSince(subscriber, progress));
      readyQueues++;
    }
  }

  /** It stood there for the poll that was put together; its age must not count any more. */
  void leaveIfDone(Subscriber subscriber, Progress progress, long now) {
    if (progress.readySets > 0 && !progress.isReady(now, config.maxWindow())) {
      remove(subscriber, progress);
    }
  }

  /** The queue has more for the poll that is being put together. */
  void addAgain(Subscriber subscriber, Progress progress, long now) {
    addTo(subscriber, progress, now);
  }

  /** Before it has nothing left: what comes has to be loaded. */
  void refill(Subscriber subscriber) {
    if (subscriber.misses
        && subscriber.isWanted(clock.millis())
        && subscriber.ready.openSize() <= config.readyWindow() / 4
        && subscriber.ready.size() < MAX_WINDOWS * config.readyWindow()) {
      refills.accept(subscriber);
    }
  }

  // ---- a reply that was lost

  /** What was leased under this attempt id, if it still is; null if it was not or is no more. */
  @Nullable List<Taker.Taken> granted(Client client, String attemptId) {
    if (!attemptId.equals(client.lastAttemptId) || client.lastGrants.isEmpty()) {
      return null;
    }
    List<Taker.Taken> again = new ArrayList<>();
    for (Client.Granted granted : client.lastGrants) {
      if (granted.progress().isGone()) {
        continue;
      }
      Lease lease = granted.progress().leaseOf(granted.offset());
      Run run = queues.runAt(granted.progress().queue, granted.offset());
      if (lease != null && lease.id == granted.leaseId() && !lease.isDue && run != null) {
        again.add(new Taker.Taken(granted.progress(), granted.offset(), run, lease));
      }
    }
    return again.isEmpty() ? null : again;
  }

  void deliverAgain(WaitingPoll poll, List<Taker.Taken> again) {
    delivery.deliverAgain(poll, again);
  }

  /** Whether a poll must wait: the answer that it would get at once. */
  @Nullable Outcome<List<DeliveredMessage>> refusedFor(Subscriber subscriber) {
    int most = config.scheduling().maxWaitingPolls();
    if (subscriber.polls.size() < most) {
      return null;
    }
    counters.refusedPolls.increment();
    return Outcome.refused(
        RefusalCode.TOO_MANY_REQUESTS,
        "more than "
            + most
            + " polls of this consumer are waiting already (engine.max-waiting-polls)");
  }
}
