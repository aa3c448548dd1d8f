package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
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

  /** Messages that are passed over in one visit: each may mean a dead letter, or a record. */
  private static final int MAX_PASSED_OVER = 256;

  /**
   * One message for one poll.
   *
   * @param lease there once it is granted
   * @param key whose it counts as until then; null if nobody asks
   */
  record Taken(
      Progress progress, long offset, Run run, @Nullable Lease lease, @Nullable KeyGate key) {
    Taken(Progress progress, long offset, Run run, Lease lease) {
      this(progress, offset, run, lease, null);
    }
  }

  /** Owned by the shard thread. What a poll has got so far. */
  final class Batch {
    final WaitingPoll poll;
    private final List<Taken> taken = new ArrayList<>();
    private final int maxMessages;

    /** Read once: a reply is put together in no time. */
    private final long nowMillis = clock.millis();

    private long bytes;
    private boolean isCutShort;
    private final boolean isRefused;
    private final Gates gates;
    private final Shares shares;
    private boolean isHeld;
    private long heldUntilMillis;
    private final List<KeyGate> closedKeys = new ArrayList<>(0);

    private Batch(WaitingPoll poll, int room) {
      this.poll = poll;
      gates = poll.subscriber.group.gates;
      shares = poll.subscriber.group.shares;
      // Asked once: asking may flush, and what one poll takes belongs into one batch of the log,
      // else a crash between a skipped message and the grant of an earlier one loses the latter.
      isRefused = !recorder.hasRoomForProgress();
      maxMessages =
          Math.clamp(Math.min(poll.request.maxMessages(), room), 1, config.maxPollMessages());
    }

    long nowMillis() {
      return nowMillis;
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

    /** The group's gate is closed for the next message. */
    boolean isHeld() {
      return isHeld;
    }

    /** When it opens; {@link Timers#NEVER}: when a lease ends. */
    long heldUntilMillis() {
      return heldUntilMillis;
    }

    /** Keys whose gates turned out to be closed. */
    List<KeyGate> closedKeys() {
      return closedKeys;
    }

    /** Each message is a choice of its own between all that is ready. */
    boolean isByMessage() {
      return shares.isByMessage();
    }

    /** What it took is leased by now. */
    void settle() {
      if (!gates.isPlain()) {
        for (Taken each : taken) {
          if (each.key != null) {
            each.key.unclaim();
          }
        }
      }
    }

    /** Whether the gates let a message of this cost pass now. */
    private boolean isOpenFor(Shares.Share share, int cost) {
      if (gates.isPlain()) {
        return true;
      }
      long now = nowMillis;
      if (isHeldUntil(gates.openAt(now, taken.size()), now)) {
        return false;
      }
      // Before the group's cost, which must not wait for what its key holds back anyway.
      long keyAt = gates.openForKey(share.gate, now, cost);
      if (keyAt > now) {
        gates.close(share.gate, keyAt);
        closedKeys.add(share.gate);
        return false;
      }
      return !isHeldUntil(gates.openForCost(now, cost), now);
    }

    private boolean isHeldUntil(long atMillis, long nowMillis) {
      if (atMillis <= nowMillis) {
        return false;
      }
      isHeld = true;
      heldUntilMillis = atMillis;
      return true;
    }

    private boolean fits(long size) {
      return taken.isEmpty() || bytes + size <= config.maxPollBytes();
    }

    private void add(Progress progress, long offset, Run run, Shares.Share share) {
      KeyGate key = gates.isPlain() ? null : share.gate;
      taken.add(new Taken(progress, offset, run, progress.leaseOf(offset), key));
      bytes += run.sizeOf(offset);
      if (key != null) {
        int cost = run.costOf(offset);
        gates.took(key, nowMillis, cost);
        shares.charge(share, cost);
      }
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
  private final Deadlines deadlines;
  private final Losses losses;
  private final Ids ids;
  private final ShardClock clock;

  Taker(
      EngineConfig config,
      ShardState state,
      Clients clients,
      DeadLetters deadLetters,
      Deadlines deadlines,
      Losses losses) {
    this.config = config;
    queues = state.queues();
    recorder = state.recorder();
    ids = state.ids();
    clock = state.clock();
    this.clients = clients;
    this.deadLetters = deadLetters;
    this.deadlines = deadlines;
    this.losses = losses;
  }

  /**
   * Begins a reply.
   *
   * @param room the most messages that the client may be handed now
   */
  Batch newBatch(WaitingPoll poll, int room) {
    return new Batch(poll, room);
  }

  /** Whether another message of the queue may join the same reply. */
  boolean mayGoOn(Progress progress, Batch batch) {
    return (!progress.isStrict() || batch.poll.request.keepsOrder())
        && progress.isReady(batch.nowMillis, config.maxWindow());
  }

  /**
   * Takes what the poll may have of this queue now; one message where each is a choice of its own.
   *
   * @param share what the queue counts to
   */
  void take(Progress progress, Batch batch, Shares.Share share) {
    boolean isOne =
        batch.isByMessage() || (progress.isStrict() && !batch.poll.request.keepsOrder());
    if (batch.isByMessage() && progress.claim == null) {
      progress.claim = new Progress.Claim();
      progress.claim.next = progress.next;
    }
    int limit = isOne ? 1 : Integer.MAX_VALUE;
    int before = batch.taken.size();
    boolean goesOn =
        takeDue(progress, batch, share, limit)
            && (!progress.isStrict() || progress.leased() == 0)
            && batch.taken.size() - before < limit;
    if (goesOn) {
      takeNew(progress, batch, share, limit - (batch.taken.size() - before));
    }
  }

  /** Redeliveries; whether the batch may go on with new messages. */
  private boolean takeDue(Progress progress, Batch batch, Shares.Share share, int limit) {
    int count = 0;
    long last = progress.claim == null ? -1 : progress.claim.due;
    for (Long next = progress.due.higher(last); next != null; next = progress.due.higher(last)) {
      long offset = next;
      if (batch.isFull() || count >= limit) {
        return false;
      }
      last = offset;
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
      Verdict verdict = judge(progress, offset, run, batch, share);
      if (verdict == Verdict.STOP) {
        return false;
      }
      if (progress.claim != null) {
        progress.claim.due = offset;
      }
      if (verdict == Verdict.TAKE) {
        batch.add(progress, offset, run, share);
        count++;
      }
    }
    return true;
  }

  private void takeNew(Progress progress, Batch batch, Shares.Share share, int limit) {
    Queue queue = progress.queue;
    GroupTopic groupTopic = progress.groupTopic;
    Progress.Claim claim = progress.claim;
    long offset = claim == null ? progress.next : Math.max(progress.next, claim.next);
    long skippedFrom = offset;
    int count = 0;
    int skipped = 0;
    int passedOver = 0;
    while (offset < queue.visibleEnd
        && count < limit
        && !batch.isFull()
        && skipped < MAX_SKIPPED
        && passedOver < MAX_PASSED_OVER
        && offset - progress.committed < config.maxWindow() + (long) skipped) {
      Run run = queues.runAt(queue, offset);
      if (run == null) {
        long retained = Math.max(offset + 1, queues.firstRetained(queue));
        losses.lost(progress, offset, Math.min(retained, queue.visibleEnd));
        offset = Math.min(retained, queue.visibleEnd);
        skippedFrom = offset;
        continue;
      }
      if (queue.isCancelled(offset) || !groupTopic.wants(run.tagHashOf(offset))) {
        offset++;
        skipped++;
        continue;
      }
      skip(progress, skippedFrom, offset);
      skippedFrom = offset;
      Verdict verdict = judge(progress, offset, run, batch, share);
      if (verdict == Verdict.STOP) {
        return;
      }
      if (claim != null) {
        claim.next = offset + 1;
      }
      if (verdict == Verdict.TAKE) {
        batch.add(progress, offset, run, share);
        count++;
      } else if (progress.isStrict()) {
        return;
      } else {
        passedOver++;
      }
      offset++;
      skippedFrom = offset;
    }
    batch.isCutShort |= skipped >= MAX_SKIPPED || passedOver >= MAX_PASSED_OVER;
    skip(progress, skippedFrom, offset);
  }

  /** Messages that the filter does not want, or that were cancelled, count as acknowledged. */
  private void skip(Progress progress, long from, long to) {
    if (to > from) {
      recorder.record(new Change.Acknowledged(progress.group.id, progress.queue.id, from, to));
    }
  }

  private Verdict judge(Progress progress, long offset, Run run, Batch batch, Shares.Share share) {
    if (deadlines.withholds(progress, offset, run)) {
      return progress.isStrict() ? Verdict.STOP : Verdict.PASS_OVER;
    }
    long size = run.sizeOf(offset);
    if (size <= batch.poll.client.maxMessageBytes()) {
      return batch.fits(size) && batch.isOpenFor(share, run.costOf(offset))
          ? Verdict.TAKE
          : Verdict.STOP;
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
