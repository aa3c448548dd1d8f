package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What consumers say of the messages that they were handed:
 * acknowledged, to be seen again at another time, to be dead-lettered.
 *
 * <p>A receipt handle holds as long as its lease. Requests that are repeated because their answer
 * was lost get the same answer: an acknowledgement of what is acknowledged is fine, and a handle
 * stays usable after the change that replaced it.
 */
final class Acknowledger {
  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final Timers timers;
  private final Ids ids;
  private final ShardClock clock;
  private final DoubtedGrants doubted;
  private final Dispatcher dispatcher;
  private final DeadLetters deadLetters;
  private final Counters counters;
  private final Settlements settlements;

  Acknowledger(
      EngineConfig config,
      ShardState state,
      Dispatcher dispatcher,
      DeadLetters deadLetters,
      Counters counters) {
    settlements = new Settlements(state, counters, config.scheduling().rememberedCosts());
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    timers = state.timers();
    ids = state.ids();
    clock = state.clock();
    doubted = state.fold().doubtedGrants();
    this.dispatcher = dispatcher;
    this.deadLetters = deadLetters;
    this.counters = counters;
  }

  /** Corrects what messages were charged. */
  Settlements settlements() {
    return settlements;
  }

  /**
   * A lease that holds.
   *
   * @param isNewest the handle is the last one that was given out for it
   */
  private record Held(Progress progress, Lease lease, boolean isNewest) {}

  /** What a handle stands for: a lease that holds, nothing any more, or a refusal. */
  private sealed interface Found {
    record Leased(Held held) implements Found {}

    record Acknowledged(boolean isCancelled) implements Found {}

    record Invalid(Refusal refusal) implements Found {}
  }

  void acknowledge(String groupName, List<String> handles, Consumer<List<Outcome<String>>> reply) {
    List<Outcome<String>> outcomes = new ArrayList<>(handles.size());
    Set<Progress> touched = new LinkedHashSet<>(2);
    for (String handle : handles) {
      switch (find(groupName, handle)) {
        case Found.Leased(Held held) -> {
          learn(held);
          settlements.acknowledged(held.progress, held.lease);
          recorder.record(
              new Change.Acknowledged(
                  held.progress.group.id,
                  held.progress.queue.id,
                  held.lease.offset,
                  held.lease.offset + 1));
          touched.add(held.progress);
          counters.acknowledgedMessages.increment();
          outcomes.add(Outcome.ok(handle));
        }
        case Found.Acknowledged _ -> outcomes.add(Outcome.ok(handle));
        case Found.Invalid(Refusal refusal) -> outcomes.add(Outcome.refused(refusal));
      }
    }
    touched.forEach(dispatcher::touch);
    touched.forEach(each -> dispatcher.acknowledged(each.queue));
    recorder.whenDurable(() -> reply.accept(outcomes));
  }

  /** Tells the scheduler what its client has done. */
  private void learn(Held held) {
    Worker worker = held.lease.worker;
    if (worker == null) {
      return;
    }
    Progress progress = held.progress;
    Run run = queues.runAt(progress.queue, held.lease.offset);
    boolean hadMore = progress.group.isByName() || !progress.groupTopic.subscriber.ready.isEmpty();
    worker.acknowledged(
        clock.millis(), run == null ? Demand.USUAL_COST : run.costOf(held.lease.offset), hadMore);
  }

  void changeInvisible(
      String groupName,
      String handle,
      long invisibleMillis,
      boolean suspend,
      Consumer<Outcome<String>> reply) {
    switch (find(groupName, handle)) {
      case Found.Leased(Held held) ->
          change(held, invisibleMillis, suspend && held.progress.isStrict(), reply);
      case Found.Acknowledged(boolean isCancelled) ->
          reply.accept(
              Outcome.refused(
                  RefusalCode.INVALID_RECEIPT_HANDLE,
                  isCancelled
                      ? "the message was cancelled: stop working on it, nobody waits for its answer"
                      : "the message is acknowledged already: its receipt handle holds no longer"));
      case Found.Invalid(Refusal refusal) -> reply.accept(Outcome.refused(refusal));
    }
  }

  private void change(
      Held held, long invisibleMillis, boolean suspend, Consumer<Outcome<String>> reply) {
    Progress progress = held.progress;
    long now = clock.millis();
    long leaseId = ids.leaseSeed();
    long visibleAt = now + Math.max(0, invisibleMillis);
    recorder.record(
        new Change.LeaseChanged(
            progress.group.id,
            progress.queue.id,
            held.lease.offset,
            leaseId,
            visibleAt,
            suspend,
            suspend));
    if (visibleAt <= now) {
      progress.expire(held.lease);
      dispatcher.touch(progress);
    } else {
      timers.wakeAt(progress, visibleAt);
    }
    String handle =
        new ReceiptHandle(progress.group.id, progress.queue.id, held.lease.offset, leaseId)
            .encode();
    recorder.whenDurable(() -> reply.accept(Outcome.ok(handle)));
  }

  /**
   * Nobody got these messages: they are visible again, and the attempts do not count. Whose lease
   * has got another handle meanwhile has been heard of since.
   */
  void release(String groupName, List<String> handles, Consumer<List<Outcome<String>>> reply) {
    List<Outcome<String>> outcomes = new ArrayList<>(handles.size());
    for (String handle : handles) {
      switch (find(groupName, handle)) {
        case Found.Leased(Held held) -> {
          if (held.isNewest) {
            release(held);
            outcomes.add(Outcome.ok(handle));
          } else {
            outcomes.add(
                Outcome.refused(
                    RefusalCode.INVALID_RECEIPT_HANDLE,
                    "the lease was changed since; only the newest handle gives it back"));
          }
        }
        case Found.Acknowledged _ -> outcomes.add(Outcome.ok(handle));
        case Found.Invalid(Refusal refusal) -> outcomes.add(Outcome.refused(refusal));
      }
    }
    recorder.whenDurable(() -> reply.accept(outcomes));
  }

  private void release(Held held) {
    Progress progress = held.progress;
    recorder.record(
        new Change.LeaseChanged(
            progress.group.id,
            progress.queue.id,
            held.lease.offset,
            ids.leaseSeed(),
            clock.millis(),
            false,
            true));
    progress.expire(held.lease);
    dispatcher.touch(progress);
  }

  void deadLetter(String groupName, String handle, String reason, Consumer<Outcome<String>> reply) {
    switch (find(groupName, handle)) {
      case Found.Leased(Held held) -> {
        Run run = queues.runAt(held.progress.queue, held.lease.offset);
        if (run == null) {
          reply.accept(
              Outcome.refused(RefusalCode.MESSAGE_NOT_FOUND, "retention has removed the message"));
        } else {
          deadLetters.move(held.progress, held.lease.offset, run, reason, reply);
        }
      }
      case Found.Acknowledged _ -> reply.accept(Outcome.ok(handle));
      case Found.Invalid(Refusal refusal) -> reply.accept(Outcome.refused(refusal));
    }
  }

  /** The client is gone: what it was leased for as long as it lives ends in a moment; how many. */
  int endLeases(Client client, long inMillis) {
    long at = clock.millis() + inMillis;
    int ended = 0;
    for (Progress progress : client.held()) {
      for (Lease lease : progress.outstanding.values()) {
        if (lease.isRenewed
            && !lease.isDue
            && client.id.equals(lease.clientId)
            && lease.visibleAtMillis > at) {
          lease.visibleAtMillis = at;
          lease.isRenewed = false;
          queues.markDirty(progress);
          timers.wakeAt(progress, at);
          ended++;
        }
      }
    }
    client.held().clear();
    return ended;
  }

  /**
   * See {@link io.rivulet.engine.Engine#endRenewal}. Refused when there is no room for all of it:
   * what was not ended goes on being renewed, so it is to be asked again.
   */
  void endRenewal(List<Client> ofClients, long withinMillis, Consumer<Outcome<Integer>> reply) {
    long now = clock.millis();
    Change.GrantsDoubted before = doubted.beforeOpening(now, withinMillis);
    if (before != null) {
      if (!recorder.hasRoomForProgress()) {
        reply.accept(Outcome.refused(recorder.noRoom()));
        return;
      }
      recorder.record(before);
    }
    List<Held> meant = renewedSince(ofClients, now - withinMillis);
    for (Held held : meant) {
      if (!recorder.hasRoomForProgress()) {
        reply.accept(Outcome.refused(recorder.noRoom()));
        return;
      }
      recorder.record(unrenewed(held.progress, held.lease));
    }
    Outcome<Integer> outcome = Outcome.ok(meant.size());
    recorder.whenDurable(() -> reply.accept(outcome));
  }

  private static List<Held> renewedSince(List<Client> ofClients, long fromMillis) {
    List<Held> found = new ArrayList<>();
    for (Client client : ofClients) {
      for (Progress progress : client.held()) {
        for (Lease lease : progress.outstanding.values()) {
          if (lease.isRenewed
              && !lease.isDue
              && lease.grantedAtMillis >= fromMillis
              && client.id.equals(lease.clientId)) {
            found.add(new Held(progress, lease, true));
          }
        }
      }
    }
    return found;
  }

  /** As it is, under the handle that its client may have. */
  private static Change unrenewed(Progress progress, Lease lease) {
    return new Change.LeaseChanged(
        progress.group.id,
        progress.queue.id,
        lease.offset,
        lease.id,
        lease.visibleAtMillis,
        false,
        false);
  }

  private Found find(String groupName, String text) {
    Optional<ReceiptHandle> decoded = ReceiptHandle.decode(text);
    if (decoded.isEmpty()) {
      return invalid("'" + text + "' is not a receipt handle of this engine");
    }
    Group group = catalog.group(groupName);
    ReceiptHandle handle = decoded.get();
    if (group == null || group.id != handle.groupId()) {
      return invalid("the receipt handle was not given to the group '" + groupName + "'");
    }
    if (!recorder.hasRoomForProgress()) {
      return new Found.Invalid(recorder.noRoom());
    }
    Queue queue = queues.byId(handle.queueId());
    if (queue == null) {
      return new Found.Acknowledged(false);
    }
    Progress progress = queue.progressOf(group);
    if (progress == null || handle.offset() >= progress.next) {
      return invalid("nothing was delivered at that place: the group's offset was reset");
    }
    return found(progress, handle);
  }

  private static Found found(Progress progress, ReceiptHandle handle) {
    @Nullable Lease lease = progress.leaseOf(handle.offset());
    if (lease == null) {
      return new Found.Acknowledged(progress.queue.isCancelled(handle.offset()));
    }
    if (!lease.isNamed(handle.leaseId())) {
      return invalid("the message was delivered again since; only the newest handle holds");
    }
    if (lease.isDue) {
      return invalid("the lease has ended: the message is visible again");
    }
    return new Found.Leased(new Held(progress, lease, lease.id == handle.leaseId()));
  }

  private static Found invalid(String message) {
    return new Found.Invalid(new Refusal(RefusalCode.INVALID_RECEIPT_HANDLE, message));
  }
}
