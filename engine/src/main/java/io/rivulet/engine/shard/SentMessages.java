package io.rivulet.engine.shard;

import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.message.MessageHandle;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Finds what the handle of a send receipt stands for now, and how far
 * the message has come.
 *
 * <p>A message that was moved is found by the hash of its id at the new place, which tells the old
 * place: for as long as {@link RecentIds} remembers it.
 */
final class SentMessages {
  /** A handle is followed over so many moves. */
  private static final int MAX_MOVES = 1000;

  /** How far a message has come. */
  enum Stage {
    /** Nobody has it, and somebody may still get it. */
    WAITING,
    /** A client holds it. */
    RUNNING,
    /** All groups that want it have acknowledged it, or come to where it was no longer theirs. */
    DONE,
    CANCELLED
  }

  /**
   * Owned by the shard thread. A message, found in this turn.
   *
   * @param by the group that has it, or had it first; empty if none did
   * @param isHanded some group was handed it and has not acknowledged it
   */
  record Sent(
      Queue queue, long offset, Run run, Stage stage, Optional<String> by, boolean isHanded) {
    MessageHandle handle() {
      return new MessageHandle(queue.id, offset);
    }

    MessageLoader.Place place() {
      return new MessageLoader.Place(queue.id, run, offset);
    }
  }

  private final QueueTable queues;
  private final RecentIds recentIds;
  private final Parked parked;

  SentMessages(ShardState state) {
    queues = state.queues();
    recentIds = state.recentIds();
    parked = state.fold().parked();
  }

  /** By which the copy of a message that was moved is found, and is made once. */
  static long moveHash(long queueId, long offset) {
    return Hash.of("moved " + queueId + " " + offset);
  }

  /**
   * The message now.
   *
   * @param topic the handle must be of a message of this topic; empty: of any
   */
  Outcome<Sent> find(String topic, String text) {
    Optional<MessageHandle> decoded = MessageHandle.decode(text);
    if (decoded.isEmpty()) {
      return Outcome.refused(
          RefusalCode.ILLEGAL_ARGUMENT,
          "'" + text + "' is not the handle of a message: it stands in the receipt of its send");
    }
    MessageHandle handle = decoded.get();
    for (int moves = 0; moves < MAX_MOVES; moves++) {
      Queue queue = queues.byId(handle.queueId());
      if (queue == null) {
        return gone("its topic or lite topic is gone");
      }
      if (!topic.isEmpty() && !topic.equals(queue.topic.knownName())) {
        return Outcome.refused(
            RefusalCode.ILLEGAL_ARGUMENT,
            "the handle is not that of a message of the topic '" + topic + "'");
      }
      Outcome<Sent> here =
          queue.topic.isParking
              ? waiting(queue, handle.offset())
              : queue.isMoved(handle.offset()) ? null : found(queue, handle.offset());
      if (here != null) {
        return here;
      }
      RecentIds.Place place = recentIds.find(moveHash(handle.queueId(), handle.offset()));
      if (place == null) {
        return gone(
            queue.topic.isParking
                ? "its delivery time has come, or it was taken back before, too long ago to be found by"
                    + " this handle"
                : "it was given another priority, too long ago to be found by this handle; use the handle"
                    + " that was answered then");
      }
      handle = new MessageHandle(place.queueId(), place.offset());
    }
    return gone("it was moved more than " + MAX_MOVES + " times; use a newer handle");
  }

  /** A message that waits for its time, or was taken back; null if it is elsewhere by now. */
  private @Nullable Outcome<Sent> waiting(Queue queue, long offset) {
    Run run = queues.anyRunAt(queue, offset);
    if (run == null) {
      return gone("it was never stored");
    }
    if (parked.isWaiting(new Parked.Place(run.dueOf(offset), queue.id, offset))) {
      return Outcome.ok(new Sent(queue, offset, run, Stage.WAITING, Optional.empty(), false));
    }
    // What was taken back is remembered as moved to where it was.
    RecentIds.Place place = recentIds.find(moveHash(queue.id, offset));
    return place != null && place.queueId() == queue.id && place.offset() == offset
        ? Outcome.ok(new Sent(queue, offset, run, Stage.CANCELLED, Optional.empty(), false))
        : null;
  }

  private Outcome<Sent> found(Queue queue, long offset) {
    Run run = queues.runAt(queue, offset);
    return run == null ? gone("retention has removed it") : Outcome.ok(look(queue, offset, run));
  }

  private static Outcome<Sent> gone(String why) {
    return Outcome.refused(
        RefusalCode.MESSAGE_NOT_FOUND, "the message of this handle is not there any more: " + why);
  }

  private Sent look(Queue queue, long offset, Run run) {
    if (queue.isCancelled(offset)) {
      return new Sent(queue, offset, run, Stage.CANCELLED, Optional.empty(), false);
    }
    queues.beginProgress(queue);
    boolean isAwaited = false;
    boolean isHanded = false;
    Optional<String> runningIn = Optional.empty();
    Optional<String> passedIn = Optional.empty();
    for (Progress progress : queue.progress) {
      Lease lease = progress.leaseOf(offset);
      if (progress.isGone()) {
        continue;
      }
      if (lease != null && !lease.isDue) {
        runningIn = Optional.of(progress.group.name());
      } else if (lease != null || offset >= progress.next) {
        isAwaited |= progress.groupTopic.wants(run.tagHashOf(offset));
      } else if (progress.groupTopic.wants(run.tagHashOf(offset))) {
        passedIn = Optional.of(progress.group.name());
      }
      isHanded |= lease != null && lease.attempt > 0;
    }
    if (runningIn.isPresent()) {
      return new Sent(queue, offset, run, Stage.RUNNING, runningIn, true);
    }
    Stage stage = isAwaited || passedIn.isEmpty() ? Stage.WAITING : Stage.DONE;
    return new Sent(queue, offset, run, stage, passedIn, isHanded);
  }
}
