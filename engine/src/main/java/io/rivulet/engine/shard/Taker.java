package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Decides what one poll gets out of one queue.
 *
 * <p>Redeliveries come before new messages. In a strict queue all that is left of the outstanding
 * batch is delivered again in order, then new messages follow; a message that this client cannot
 * have ends the batch. In other queues such a message is passed over.
 */
final class Taker {
  /** Filtered messages that are skipped in one visit before others get their turn. */
  private static final int MAX_SKIPPED = 4096;

  /** One message for one poll; the lease is there once it is granted. */
  record Taken(Progress progress, long offset, Run run, @Nullable Lease lease) {}

  /** Owned by the shard thread. What a poll has got so far. */
  final class Batch {
    final WaitingPoll poll;
    private final List<Taken> taken = new ArrayList<>();
    private final int maxMessages;
    private long bytes;
    private boolean isCutShort;
    private final boolean isRefused;

    private Batch(WaitingPoll poll) {
      this.poll = poll;
      // Asked once: asking may flush, and what one poll takes belongs into one batch of the log,
      // else a crash between a skipped message and the grant of an earlier one loses the latter.
      isRefused = !recorder.hasRoomForProgress();
      maxMessages = Math.clamp(poll.request.maxMessages(), 1, config.maxPollMessages());
    }

    boolean isFull() {
      return taken.size() >= maxMessages || bytes >= config.maxPollBytes();
    }

    /** The disk is full to the last reserve: nothing can be leased now. */
    boolean isRefused() {
      return isRefused;
    }

    List<Taken> taken() {
      return taken;
    }

    /** There may be more for this poll behind messages that its filter does not want. */
    boolean isCutShort() {
      return isCutShort;
    }

    private boolean fits(long size) {
      return taken.isEmpty() || bytes + size <= config.maxPollBytes();
    }

    private void add(Progress progress, long offset, Run run) {
      taken.add(new Taken(progress, offset, run, progress.leaseOf(offset)));
      bytes += run.sizeOf(offset);
    }
  }

  private enum Verdict {
    TAKE,
    PASS_OVER,
    STOP
  }

  private final EngineConfig config;
  private final QueueTable queues;
  private final Recorder recorder;
  private final Clients clients;
  private final DeadLetters deadLetters;
  private final Losses losses;
  private final Ids ids;
  private final ShardClock clock;

  Taker(
      EngineConfig config,
      ShardState state,
      Clients clients,
      DeadLetters deadLetters,
      Losses losses) {
    this.config = config;
    queues = state.queues();
    recorder = state.recorder();
    ids = state.ids();
    clock = state.clock();
    this.clients = clients;
    this.deadLetters = deadLetters;
    this.losses = losses;
  }

  Batch newBatch(WaitingPoll poll) {
    return new Batch(poll);
  }

  /** Takes what the poll may have of this queue. */
  void take(Progress progress, Batch batch) {
    PollRequest request = batch.poll.request;
    int limit = progress.isStrict() && !request.keepsOrder() ? 1 : Integer.MAX_VALUE;
    int before = batch.taken.size();
    boolean goesOn =
        takeDue(progress, batch, limit)
            && (!progress.isStrict() || progress.leased() == 0)
            && batch.taken.size() - before < limit;
    if (goesOn) {
      takeNew(progress, batch, limit - (batch.taken.size() - before));
    }
  }

  /** Redeliveries; whether the batch may go on with new messages. */
  private boolean takeDue(Progress progress, Batch batch, int limit) {
    int count = 0;
    for (long offset : progress.due.toArray(Long[]::new)) {
      if (batch.isFull() || count >= limit) {
        return false;
      }
      Lease lease = progress.leaseOf(offset);
      Run run = queues.runAt(progress.queue, offset);
      if (lease == null || run == null) {
        losses.lost(progress, offset, offset + 1);
        continue;
      }
      if (lease.attempt >= progress.group.definition().maxAttempts()) {
        deadLetters.move(
            progress, offset, run, "delivered " + lease.attempt + " times, never acknowledged");
        if (progress.isStrict()) {
          return false;
        }
        continue;
      }
      Verdict verdict = judge(progress, offset, run, batch);
      if (verdict == Verdict.STOP) {
        return false;
      }
      if (verdict == Verdict.TAKE) {
        batch.add(progress, offset, run);
        count++;
      }
    }
    return true;
  }

  private void takeNew(Progress progress, Batch batch, int limit) {
    Queue queue = progress.queue;
    GroupTopic groupTopic = progress.groupTopic;
    long offset = progress.next;
    long skippedFrom = offset;
    int count = 0;
    int skipped = 0;
    while (offset < queue.visibleEnd
        && count < limit
        && !batch.isFull()
        && skipped < MAX_SKIPPED
        && offset - progress.committed < config.maxWindow() + (long) skipped) {
      Run run = queues.runAt(queue, offset);
      if (run == null) {
        long retained = Math.max(offset + 1, queues.firstRetained(queue));
        losses.lost(progress, offset, Math.min(retained, queue.visibleEnd));
        offset = Math.min(retained, queue.visibleEnd);
        skippedFrom = offset;
        continue;
      }
      if (!groupTopic.wants(run.tagHashOf(offset))) {
        offset++;
        skipped++;
        continue;
      }
      skip(progress, skippedFrom, offset);
      skippedFrom = offset;
      Verdict verdict = judge(progress, offset, run, batch);
      if (verdict == Verdict.STOP) {
        return;
      }
      if (verdict == Verdict.TAKE) {
        batch.add(progress, offset, run);
        count++;
      } else if (progress.isStrict()) {
        return;
      }
      offset++;
      skippedFrom = offset;
    }
    batch.isCutShort |= skipped >= MAX_SKIPPED;
    skip(progress, skippedFrom, offset);
  }

  /** Messages that the filter does not want count as acknowledged. */
  private void skip(Progress progress, long from, long to) {
    if (to > from) {
      recorder.record(new Change.Acknowledged(progress.group.id, progress.queue.id, from, to));
    }
  }

  private Verdict judge(Progress progress, long offset, Run run, Batch batch) {
    long size = run.sizeOf(offset);
    if (size <= batch.poll.client.maxMessageBytes()) {
      return batch.fits(size) ? Verdict.TAKE : Verdict.STOP;
    }
    if (!isForSomebodyElse(progress, size)) {
      deadLetters.move(
          progress,
          offset,
          run,
          "the message has "
              + size
              + " bytes and no connected client of the group can take more than "
              + batch.poll.client.maxMessageBytes());
      return progress.isStrict() ? Verdict.STOP : Verdict.PASS_OVER;
    }
    if (progress.isStrict()) {
      return Verdict.STOP;
    }
    if (progress.leaseOf(offset) == null) {
      setAside(progress, offset);
    }
    return Verdict.PASS_OVER;
  }

  /** Leaves a message behind for another client, as due for delivery and never delivered. */
  private void setAside(Progress progress, long offset) {
    long now = clock.millis();
    long groupId = progress.group.id;
    long queueId = progress.queue.id;
    long seed = ids.leaseSeed();
    recorder.record(
        new Change.Granted(groupId, queueId, seed, now, now, false, "", new long[] {offset}));
    recorder.record(new Change.LeaseChanged(groupId, queueId, offset, seed + 1, now, false, true));
    Lease lease = progress.leaseOf(offset);
    if (lease != null) {
      progress.expire(lease);
    }
  }

  private boolean isForSomebodyElse(Progress progress, long size) {
    for (Client client : clients.all()) {
      if (client.maxMessageBytes() >= size
          && clients.isAlive(client.id)
          && isIn(client, progress)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isIn(Client client, Progress progress) {
    if (progress.group.isByName()) {
      return progress.queue.followers.stream()
          .anyMatch(
              each -> each.groupId() == progress.group.id && each.clientId().equals(client.id));
    }
    var info = client.info;
    return info != null && info.group().filter(progress.group.name()::equals).isPresent();
  }
}
