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
      long parked, long parkedBytes, long joined, long lateMillis, long lagMillis, long carried) {}

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

  /** Immutable. The tail of the log that was replayed at the last start. */
  public record Start(long replayedBytes, long replayedRecords, long replayedMillis) {}
}
