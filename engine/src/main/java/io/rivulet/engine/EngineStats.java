package io.rivulet.engine;

import io.rivulet.engine.group.GroupStats;
import java.util.List;

/**
 * Immutable. Counters since start and gauges of now, for metrics.
 *
 * @param appendedMessages messages stored
 * @param duplicateSends sends recognised as repeated
 * @param deliveredMessages messages handed out, redeliveries included
 * @param redeliveredMessages of these, not for the first time
 * @param acknowledgedMessages messages acknowledged by a group
 * @param deadLetteredMessages messages moved to a dead-letter queue
 * @param withdrawn messages that were not handed out as they had been sent
 * @param lite lite topics
 * @param ready ready sets
 * @param start what the last start replayed
 * @param backpressure sends to full topics
 * @param gates what keeps messages from being handed out now
 * @param groups those that are told apart, and last all others
 * @param costs of messages, settled once they are known
 * @param wakes subscriptions to streams
 * @param delays messages that wait for their delivery time
 * @param outbox messages for other shards
 * @param snapshots copies of the index that outlive it
 * @param indexBytes size of the index's files
 * @param unreadLostMessages messages lost to retention unread
 * @param refusedRequests requests refused, whatever the reason
 * @param waitingPolls polls waiting now
 * @param refusedPolls polls refused because too many of one consumer were waiting
 * @param leasedMessages leases outstanding now
 * @param queuedCommands requests waiting for the shard now
 * @param largeBytesWaiting bytes of large messages that are not in the log yet
 * @param activeQueues queues in memory now
 * @param clients clients known now
 * @param logHead first retained position
 * @param logEnd next position
 * @param logDurableEnd everything below is durable
 * @param indexPosition everything below need not be replayed at a restart
 */
public record EngineStats(
    long appendedMessages,
    long appendedBytes,
    long duplicateSends,
    long deliveredMessages,
    long redeliveredMessages,
    long acknowledgedMessages,
    long deadLetteredMessages,
    Withdrawn withdrawn,
    Lite lite,
    Ready ready,
    Start start,
    Backpressure backpressure,
    Gates gates,
    List<GroupStats> groups,
    Costs costs,
    Wakes wakes,
    Delays delays,
    Outbox outbox,
    Snapshots snapshots,
    long indexBytes,
    long unreadLostMessages,
    long refusedRequests,
    long waitingPolls,
    long refusedPolls,
    long leasedMessages,
    long queuedCommands,
    long largeBytesWaiting,
    long activeQueues,
    long clients,
    long logHead,
    long logEnd,
    long logDurableEnd,
    long indexPosition) {

  /** Of no shard at all. */
  public static final EngineStats NOTHING =
      new EngineStats(
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          new Withdrawn(0, 0, 0),
          new Lite(0, 0, 0, 0, 0),
          new Ready(0, 0, 0),
          new Start(0, 0, 0),
          new Backpressure(0, 0, 0, 0, 0),
          Gates.NONE,
          List.of(),
          new Costs(0, 0),
          new Wakes(0, 0, 0, 0),
          new Delays(0, 0, 0, 0, 0, 0),
          new Outbox(0, 0, 0),
          Snapshots.NONE,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0);

  /** Several shards as one; what has waited longest counts where times are told. */
  public static EngineStats sum(List<EngineStats> all) {
    EngineStats sum = NOTHING;
    for (EngineStats each : all) {
      sum = sum(sum, each);
    }
    return sum;
  }

  private static EngineStats sum(EngineStats a, EngineStats b) {
    return new EngineStats(
        a.appendedMessages + b.appendedMessages,
        a.appendedBytes + b.appendedBytes,
        a.duplicateSends + b.duplicateSends,
        a.deliveredMessages + b.deliveredMessages,
        a.redeliveredMessages + b.redeliveredMessages,
        a.acknowledgedMessages + b.acknowledgedMessages,
        a.deadLetteredMessages + b.deadLetteredMessages,
        new Withdrawn(
            a.withdrawn.expired + b.withdrawn.expired,
            a.withdrawn.cancelled + b.withdrawn.cancelled,
            a.withdrawn.reprioritized + b.withdrawn.reprioritized),
        new Lite(
            a.lite.total + b.lite.total,
            a.lite.subscriptions + b.lite.subscriptions,
            a.lite.made + b.lite.made,
            a.lite.reclaimed + b.lite.reclaimed,
            Math.max(a.lite.reclaimLagMillis, b.lite.reclaimLagMillis)),
        new Ready(
            a.ready.queues + b.ready.queues,
            a.ready.taken + b.ready.taken,
            a.ready.waitedMillis + b.ready.waitedMillis),
        new Start(
            a.start.replayedBytes + b.start.replayedBytes,
            a.start.replayedRecords + b.start.replayedRecords,
            a.start.replayedMillis + b.start.replayedMillis),
        new Backpressure(
            a.backpressure.refused + b.backpressure.refused,
            a.backpressure.held + b.backpressure.held,
            a.backpressure.heldBytes + b.backpressure.heldBytes,
            a.backpressure.ended + b.backpressure.ended,
            a.backpressure.heldMillis + b.backpressure.heldMillis),
        new Gates(
            a.gates.groups.and(b.gates.groups),
            a.gates.keysAtRate + b.gates.keysAtRate,
            a.gates.keysAtConcurrency + b.gates.keysAtConcurrency,
            a.gates.keysSuspended + b.gates.keysSuspended,
            a.gates.polls + b.gates.polls),
        GroupStats.sum(a.groups, b.groups),
        new Costs(a.costs.remembered + b.costs.remembered, a.costs.late + b.costs.late),
        new Wakes(
            a.wakes.subscriptions + b.wakes.subscriptions,
            a.wakes.waiting + b.wakes.waiting,
            a.wakes.delivered + b.wakes.delivered,
            a.wakes.failed + b.wakes.failed),
        a.delays.and(b.delays),
        new Outbox(
            a.outbox.owed + b.outbox.owed,
            a.outbox.handedOver + b.outbox.handedOver,
            a.outbox.undeliverable + b.outbox.undeliverable),
        a.snapshots.and(b.snapshots),
        a.indexBytes + b.indexBytes,
        a.unreadLostMessages + b.unreadLostMessages,
        a.refusedRequests + b.refusedRequests,
        a.waitingPolls + b.waitingPolls,
        a.refusedPolls + b.refusedPolls,
        a.leasedMessages + b.leasedMessages,
        a.queuedCommands + b.queuedCommands,
        a.largeBytesWaiting + b.largeBytesWaiting,
        a.activeQueues + b.activeQueues,
        a.clients + b.clients,
        a.logHead + b.logHead,
        a.logEnd + b.logEnd,
        a.logDurableEnd + b.logDurableEnd,
        a.indexPosition + b.indexPosition);
  }

  /**
   * Immutable. Messages that were not handed out as they had been sent, since start.
   *
   * @param expired dead-lettered because their deadline had passed
   * @param cancelled by their handles
   * @param reprioritized moved to another priority by their handles
   */
  public record Withdrawn(long expired, long cancelled, long reprioritized) {}

  /**
   * Immutable. Lite topics.
   *
   * @param total there are now, up to a second ago
   * @param subscriptions by name, one for each client and lite topic
   * @param made since start
   * @param reclaimed since start
   * @param reclaimLagMillis how long those whose time has come have been waiting at most; 0: none
   *     is
   */
  public record Lite(
      long total, long subscriptions, long made, long reclaimed, long reclaimLagMillis) {}

  /**
   * Immutable. Ready sets.
   *
   * @param queues standing in one now
   * @param taken out of one since start
   * @param waitedMillis how long these stood there, added up
   */
  public record Ready(long queues, long taken, long waitedMillis) {}

  /**
   * Immutable. Messages that wait for their delivery time, or did.
   *
   * @param parked that wait now, up to a second ago
   * @param parkedBytes of these
   * @param joined that joined their queues since start
   * @param lateMillis how long after their time these did, added up
   * @param lagMillis for how long the first of those whose time has come has waited; 0: none has
   * @param carried that were appended anew because retention would have taken them, since start
   */
  public record Delays(
      long parked, long parkedBytes, long joined, long lateMillis, long lagMillis, long carried) {
    private Delays and(Delays other) {
      return new Delays(
          parked + other.parked,
          parkedBytes + other.parkedBytes,
          joined + other.joined,
          lateMillis + other.lateMillis,
          Math.max(lagMillis, other.lagMillis),
          carried + other.carried);
    }
  }

  /**
   * Immutable. Messages for which their topic had no room.
   *
   * @param refused since start
   * @param held for room now
   * @param heldBytes of these
   * @param ended no longer held, stored or refused, since start
   * @param heldMillis how long these were held, added up
   */
  public record Backpressure(
      long refused, long held, long heldBytes, long ended, long heldMillis) {}

  /**
   * Immutable. What keeps messages from being handed out now, up to a second ago.
   *
   * @param groups that are held back although somebody polls and something is ready
   * @param keysAtRate fairness keys that are passed over until their rate allows more
   * @param keysAtConcurrency those of which no more may be handed out at a time
   * @param keysSuspended those that are suspended, and of which something is ready
   * @param polls that wait for a gate
   */
  public record Gates(
      GroupStats.HeldBack groups,
      long keysAtRate,
      long keysAtConcurrency,
      long keysSuspended,
      long polls) {
    public static final Gates NONE = new Gates(GroupStats.HeldBack.NONE, 0, 0, 0, 0);
  }

  /**
   * Immutable. Costs of messages that are told once they are known.
   *
   * @param remembered acknowledged messages whose cost can be settled now
   * @param late told when the message was not known any more, since start
   */
  public record Costs(long remembered, long late) {}

  /**
   * Immutable. Subscriptions to streams.
   *
   * @param subscriptions there are now, up to a second ago
   * @param waiting of these, those that are to be woken and are not yet
   * @param delivered wakes since start
   * @param failed attempts to wake since start
   */
  public record Wakes(long subscriptions, long waiting, long delivered, long failed) {}

  /**
   * Immutable. Messages that shards write for each other.
   *
   * @param owed that are on their way, up to a second ago
   * @param handedOver since start
   * @param undeliverable that the other shard can't store, since start
   */
  public record Outbox(long owed, long handedOver, long undeliverable) {}

  /**
   * Immutable. Copies of the index that outlive it, up to a second ago.
   *
   * @param stored since start
   * @param position that the newest reflects; 0: there is none
   * @param tailRecords of the log that the newest does not reflect, as far as they came, or were
   *     replayed, since start
   * @param ageMillis since the newest was begun, or since start
   */
  public record Snapshots(long stored, long position, long tailRecords, long ageMillis) {
    public static final Snapshots NONE = new Snapshots(0, 0, 0, 0);

    private Snapshots and(Snapshots other) {
      return new Snapshots(
          stored + other.stored,
          Math.max(position, other.position),
          tailRecords + other.tailRecords,
          Math.max(ageMillis, other.ageMillis));
    }
  }

  /** Immutable. The tail of the log that was replayed at the last start. */
  public record Start(long replayedBytes, long replayedRecords, long replayedMillis) {}
}
