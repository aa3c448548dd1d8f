package io.rivulet.engine;

/**
 * Immutable. Counters since start and gauges of now, for metrics.
 *
 * @param appendedMessages messages stored
 * @param duplicateSends sends recognised as repeated
 * @param deliveredMessages messages handed out, redeliveries included
 * @param redeliveredMessages of these, not for the first time
 * @param acknowledgedMessages messages acknowledged by a group
 * @param deadLetteredMessages messages moved to a dead-letter queue
 * @param reclaimedLiteTopics lite topics reclaimed
 * @param unreadLostMessages messages lost to retention unread
 * @param refusedRequests requests refused, whatever the reason
 * @param waitingPolls polls waiting now
 * @param leasedMessages leases outstanding now
 * @param queuedCommands requests waiting for the shard now
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
    long reclaimedLiteTopics,
    long unreadLostMessages,
    long refusedRequests,
    long waitingPolls,
    long leasedMessages,
    long queuedCommands,
    long activeQueues,
    long clients,
    long logHead,
    long logEnd,
    long logDurableEnd,
    long indexPosition) {}
