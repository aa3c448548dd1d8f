package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the shard thread. Leases what a poll takes, and hands it over: the grant goes into the
 * log; once that is written the bodies are read and the reply is completed on a reader thread.
 *
 * <p>The grant is not awaited to be synced: lost with the log's tail it makes the message visible
 * again, which at-least-once allows. Written it must be, so that a lease outlives the process.
 */
final class Delivery {
  private static final Logger log = LoggerFactory.getLogger(Delivery.class);

  private final EngineConfig config;
  private final QueueTable queues;
  private final Recorder recorder;

  /** Until what can't be read just now is tried again. */
  private static final long UNREAD_MILLIS = 1000;

  private final Timers timers;
  private final Ids ids;
  private final ShardClock clock;
  private final MessageLoader loader;
  private final Losses losses;
  private final Counters counters;
  private final Executor readers;
  private final Consumer<Runnable> later;
  private @Nullable Consumer<Progress> touch;

  Delivery(
      EngineConfig config,
      ShardState state,
      MessageLoader loader,
      Losses losses,
      Counters counters,
      Executor readers,
      Consumer<Runnable> later) {
    this.config = config;
    queues = state.queues();
    recorder = state.recorder();
    timers = state.timers();
    ids = state.ids();
    clock = state.clock();
    this.loader = loader;
    this.losses = losses;
    this.counters = counters;
    this.readers = readers;
    this.later = later;
  }

  /** Whom to tell of a progress that became deliverable again; set once, when wired. */
  void touches(Consumer<Progress> consumer) {
    touch = consumer;
  }

  /** Leases and hands over. */
  void deliver(WaitingPoll poll, List<Taker.Taken> taken) {
    Map<Progress, List<Taker.Taken>> byQueue = new LinkedHashMap<>(4);
    for (Taker.Taken each : taken) {
      byQueue.computeIfAbsent(each.progress(), _ -> new ArrayList<>()).add(each);
    }
    byQueue.forEach((progress, messages) -> grant(poll, progress, messages));
    // In the order in which they were chosen: that is what the consumer does first.
    List<Taker.Taken> granted = new ArrayList<>(taken.size());
    taken.forEach(each -> granted.add(leased(each)));
    poll.client.lastAttemptId = poll.request.attemptId().orElse(null);
    if (poll.client.lastAttemptId != null) {
      List<Client.Granted> grants = new ArrayList<>(granted.size());
      for (Taker.Taken each : granted) {
        Lease lease = each.lease();
        if (lease != null) {
          grants.add(new Client.Granted(each.progress(), each.offset(), lease.id));
        }
      }
      poll.client.lastGrants = grants;
    }
    handOver(poll, granted);
  }

  /**
   * Hands over what was leased for this attempt before, under handles of its own: whoever has the
   * answer that was lost, and gives it back, does not take it from the client that has this one.
   * Any further answer has the handles of the second. All that were given out hold.
   */
  void deliverAgain(WaitingPoll poll, List<Taker.Taken> again) {
    long now = clock.millis();
    List<Client.Granted> grants = new ArrayList<>(again.size());
    for (Taker.Taken each : again) {
      Progress progress = each.progress();
      recorder.record(
          new Change.GrantRepeated(progress.group.id, progress.queue.id, each.offset(), now));
      grants.add(new Client.Granted(progress, each.offset(), leased(progress, each.offset()).id));
    }
    poll.client.lastGrants = grants;
    handOver(poll, again);
  }

  private void grant(WaitingPoll poll, Progress progress, List<Taker.Taken> messages) {
    long now = clock.millis();
    boolean isRenewed = poll.request.invisible().isEmpty();
    Duration invisible = poll.request.invisible().orElse(config.leaseTime());
    long visibleAt = now + invisible.toMillis();
    long[] offsets = new long[messages.size()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = messages.get(i).offset();
    }
    Arrays.sort(offsets);
    recorder.record(
        new Change.Granted(
            progress.group.id,
            progress.queue.id,
            ids.leaseSeed(),
            now,
            visibleAt,
            isRenewed,
            poll.request.clientId(),
            offsets));
    timers.wakeAt(progress, visibleAt);
    poll.client.hold(progress);
    counters.deliveredMessages.add(offsets.length);
  }

  private Taker.Taken leased(Taker.Taken taken) {
    Lease lease = leased(taken.progress(), taken.offset());
    if (lease.attempt > 1) {
      counters.redeliveredMessages.increment();
    }
    return new Taker.Taken(taken.progress(), taken.offset(), taken.run(), lease);
  }

  private static Lease leased(Progress progress, long offset) {
    Lease lease = progress.leaseOf(offset);
    if (lease == null) {
      throw new IllegalStateException("no lease after the grant of offset " + offset);
    }
    return lease;
  }

  /** A message on its way out: what a reader thread needs to know, copied from the lease. */
  private record Outgoing(
      MessageLoader.Place place,
      Progress progress,
      long leaseId,
      ReceiptHandle handle,
      int attempt) {}

  /** Reads the bodies and completes the reply, once what was recorded so far is written. */
  private void handOver(WaitingPoll poll, List<Taker.Taken> granted) {
    List<Outgoing> outgoing = new ArrayList<>(granted.size());
    for (Taker.Taken each : granted) {
      Lease lease = each.lease();
      if (lease != null) {
        Progress progress = each.progress();
        outgoing.add(
            new Outgoing(
                new MessageLoader.Place(progress.queue.id, each.run(), each.offset()),
                progress,
                lease.id,
                new ReceiptHandle(progress.group.id, progress.queue.id, each.offset(), lease.id),
                lease.attempt));
      }
    }
    recorder.whenWritten(() -> readers.execute(() -> load(poll, outgoing)));
  }

  private void load(WaitingPoll poll, List<Outgoing> outgoing) {
    List<DeliveredMessage> messages = new ArrayList<>(outgoing.size());
    try {
      List<StoredMessage> stored =
          loader.loadHeads(outgoing.stream().map(Outgoing::place).toList());
      for (int i = 0; i < stored.size(); i++) {
        messages.add(delivered(outgoing.get(i), stored.get(i)));
      }
    } catch (IOException e) {
      messages.clear();
      loadOneByOne(outgoing, messages);
    }
    if (!poll.reply.complete(Outcome.ok(messages))) {
      later.accept(() -> outgoing.forEach(this::release));
    }
  }

  private void loadOneByOne(List<Outgoing> outgoing, List<DeliveredMessage> messages) {
    Set<Long> standing = new HashSet<>();
    for (Outgoing each : outgoing) {
      if (standing.contains(each.place.queueId())) {
        // It may have to wait for the one before.
        later.accept(() -> putOff(each));
        continue;
      }
      try {
        messages.add(delivered(each, loader.loadHeads(List.of(each.place)).getFirst()));
      } catch (IOException e) {
        log.error(
            "Cannot read offset {} of queue {}, which group {} should get: {}",
            each.place.offset(),
            each.place.queueId(),
            each.progress.group.name(),
            e.getMessage());
        if (MessageLoader.isLost(e)) {
          later.accept(() -> unreadable(each));
        } else {
          standing.add(each.place.queueId());
          later.accept(() -> putOff(each));
        }
      }
    }
  }

  /** It can't be read just now, so nobody got it: it comes a little later. */
  private void putOff(Outgoing outgoing) {
    Progress progress = outgoing.progress;
    Lease lease = progress.leaseOf(outgoing.place.offset());
    if (lease == null || lease.id != outgoing.leaseId || lease.isDue) {
      return;
    }
    long at = Math.min(lease.visibleAtMillis, clock.millis() + UNREAD_MILLIS);
    if (recorder.hasRoomForProgress()) {
      recorder.record(
          new Change.LeaseChanged(
              progress.group.id,
              progress.queue.id,
              lease.offset,
              ids.leaseSeed(),
              at,
              false,
              true));
      timers.wakeAt(progress, at);
    } else {
      endUnrecorded(progress, lease, at);
    }
  }

  /** The log takes nothing just now: then it counts as an attempt, but it is renewed no more. */
  private void endUnrecorded(Progress progress, Lease lease, long atMillis) {
    lease.visibleAtMillis = atMillis;
    lease.isRenewed = false;
    queues.markDirty(progress);
    timers.wakeAt(progress, atMillis);
  }

  private static DeliveredMessage delivered(Outgoing outgoing, StoredMessage stored) {
    return new DeliveredMessage(stored, outgoing.handle.encode(), outgoing.attempt);
  }

  /** Nobody got the message: it is visible again, and the attempt does not count. */
  private void release(Outgoing outgoing) {
    Progress progress = outgoing.progress;
    Lease lease = progress.leaseOf(outgoing.place.offset());
    if (lease == null || lease.id != outgoing.leaseId) {
      return;
    }
    long now = clock.millis();
    if (!recorder.hasRoomForProgress()) {
      if (!lease.isDue) {
        endUnrecorded(progress, lease, Math.min(lease.visibleAtMillis, now + UNREAD_MILLIS));
      }
      return;
    }
    recorder.record(
        new Change.LeaseChanged(
            progress.group.id, progress.queue.id, lease.offset, ids.leaseSeed(), now, false, true));
    progress.expire(lease);
    if (touch != null) {
      touch.accept(progress);
    }
  }

  private void unreadable(Outgoing outgoing) {
    Progress progress = outgoing.progress;
    Lease lease = progress.leaseOf(outgoing.place.offset());
    if (lease == null || lease.id != outgoing.leaseId || lease.isDue) {
      return;
    }
    if (!recorder.hasRoomForProgress()) {
      endUnrecorded(
          progress, lease, Math.min(lease.visibleAtMillis, clock.millis() + UNREAD_MILLIS));
    } else {
      losses.lost(progress, lease.offset, lease.offset + 1);
      queues.markDirty(progress);
      if (touch != null) {
        touch.accept(progress);
      }
    }
  }
}
