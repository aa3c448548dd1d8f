package io.rivulet.engine.shard;

import java.util.concurrent.atomic.LongAdder;

/** Safe for all threads: adders. What happened since start, for metrics. */
final class Counters {
  final LongAdder appendedMessages = new LongAdder();
  final LongAdder appendedBytes = new LongAdder();
  final LongAdder duplicateSends = new LongAdder();
  final LongAdder deliveredMessages = new LongAdder();
  final LongAdder redeliveredMessages = new LongAdder();
  final LongAdder acknowledgedMessages = new LongAdder();
  final LongAdder deadLetteredMessages = new LongAdder();
  final LongAdder expiredMessages = new LongAdder();
  final LongAdder cancelledMessages = new LongAdder();
  final LongAdder reprioritizedMessages = new LongAdder();
  final LongAdder madeLiteTopics = new LongAdder();
  final LongAdder reclaimedLiteTopics = new LongAdder();
  final LongAdder unreadLostMessages = new LongAdder();

  /** Messages owed to other shards that have got there, and those that never can. */
  final LongAdder handedOverMessages = new LongAdder();

  final LongAdder undeliverableMessages = new LongAdder();
  final LongAdder refusedRequests = new LongAdder();

  /** Of these, messages for which their topic had no room. */
  final LongAdder refusedForBackpressure = new LongAdder();

  /** Messages held for room now, and their bytes. */
  final LongAdder heldSends = new LongAdder();

  final LongAdder heldBytes = new LongAdder();

  /** Messages held for room no more, and for how long they were, added up. */
  final LongAdder heldEnded = new LongAdder();

  final LongAdder heldMillis = new LongAdder();

  /** Polls that were too many of one consumer. */
  final LongAdder refusedPolls = new LongAdder();

  /** Messages that joined their queues when their time had come, and how late, added up. */
  final LongAdder joinedMessages = new LongAdder();

  final LongAdder joinedLateMillis = new LongAdder();

  /** Messages that were appended anew because retention would have taken them. */
  final LongAdder carriedMessages = new LongAdder();

  /** Wakes of subscriptions to streams that were delivered, and attempts that failed. */
  final LongAdder deliveredWakes = new LongAdder();

  final LongAdder failedWakes = new LongAdder();

  /** Costs that came when nobody knew the message any more. */
  final LongAdder lateCosts = new LongAdder();

  final LongAdder waitingPolls = new LongAdder();

  /** Of large messages, those bytes that are not in the log yet. */
  final LongAdder largeBytesWaiting = new LongAdder();

  /** Queues taken out of ready sets, and how long they stood there in all. */
  final LongAdder takenQueues = new LongAdder();

  final LongAdder readyMillis = new LongAdder();
}
