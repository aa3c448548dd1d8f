package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.util.Optional;

/**
 * Owned by the shard thread. Corrects what fairness keys were charged when a message was handed
 * out, once it is known what it really cost: while it is leased, or for a while after it was
 * acknowledged.
 *
 * <p>Not durable, as the counters are not: after a restart all keys begin equal.
 */
final class Settlements {
  /** Owned by the shard thread. What was charged for a message that is acknowledged. */
  private static final class Charge {
    private final long groupId;
    private final int priority;
    private final String key;
    private int cost;

    private Charge(long groupId, int priority, String key, int cost) {
      this.groupId = groupId;
      this.priority = priority;
      this.key = key;
      this.cost = cost;
    }
  }

  private final Catalog catalog;
  private final QueueTable queues;
  private final Counters counters;

  /** Acknowledged messages whose cost may still be settled, over all groups. */
  private final int maxRemembered;

  /** By lease, oldest first. */
  private final Long2ObjectLinkedOpenHashMap<Charge> charges = new Long2ObjectLinkedOpenHashMap<>();

  Settlements(ShardState state, Counters counters, int maxRemembered) {
    this.counters = counters;
    this.maxRemembered = maxRemembered;
    catalog = state.catalog();
    queues = state.queues();
  }

  /** A message is about to be acknowledged. */
  void acknowledged(Progress progress, Lease lease) {
    if (!progress.group.shares.isFair()) {
      return;
    }
    Queue queue = progress.queue;
    charges.putAndMoveToLast(
        Lease.withoutRepetition(lease.id),
        new Charge(
            progress.group.id, queue.priority, keyOf(queue, lease), charged(progress, lease)));
    if (charges.size() > maxRemembered) {
      charges.removeFirst();
    }
  }

  /** Acknowledged messages whose cost may still be settled. */
  int remembered() {
    return charges.size();
  }

  /** The key that was charged: that of a session may be another one by now. */
  private static String keyOf(Queue queue, Lease lease) {
    return lease.key == null ? queue.fairnessKey : lease.key.key;
  }

  private int charged(Progress progress, Lease lease) {
    if (lease.settledCost >= 0) {
      return lease.settledCost;
    }
    Run run = queues.runAt(progress.queue, lease.offset);
    return run == null ? Demand.USUAL_COST : run.costOf(lease.offset);
  }

  /**
   * The message of this receipt handle really cost so much, 0 to {@link Demand#MAX_COST}; said
   * again, the last one counts. The answer is what it was charged with before.
   *
   * @param groupName to which the handle must have been given; empty: to any
   */
  Outcome<Integer> settle(String groupName, String text, int cost) {
    if (cost < 0 || cost > Demand.MAX_COST) {
      return Outcome.refused(
          RefusalCode.ILLEGAL_ARGUMENT,
          "the cost of a message is 0 to " + Demand.MAX_COST + ", not " + cost);
    }
    Optional<ReceiptHandle> handle = ReceiptHandle.decode(text);
    Group group = handle.isEmpty() ? null : catalog.group(handle.get().groupId());
    if (handle.isEmpty() || group == null) {
      return Outcome.refused(
          RefusalCode.INVALID_RECEIPT_HANDLE,
          "'" + text + "' is not a receipt handle of this engine, or its group was deleted");
    }
    if (!groupName.isEmpty() && !groupName.equals(group.name())) {
      return Outcome.refused(
          RefusalCode.INVALID_RECEIPT_HANDLE,
          "the receipt handle was not given to the group '" + groupName + "'");
    }
    Charge charge = charges.get(Lease.withoutRepetition(handle.get().leaseId()));
    if (charge != null && charge.groupId == group.id) {
      int before = charge.cost;
      charge.cost = cost;
      group.shares.settle(charge.priority, charge.key, cost - before);
      return Outcome.ok(before);
    }
    return settleLeased(group, handle.get(), cost);
  }

  private Outcome<Integer> settleLeased(Group group, ReceiptHandle handle, int cost) {
    Queue queue = queues.byId(handle.queueId());
    Progress progress = queue == null ? null : queue.progressOf(group);
    Lease lease = progress == null ? null : progress.leaseOf(handle.offset());
    if (progress == null || lease == null || !lease.isNamed(handle.leaseId())) {
      counters.lateCosts.increment();
      return Outcome.refused(
          RefusalCode.INVALID_RECEIPT_HANDLE,
          "the message was acknowledged too long ago, or delivered again since; its cost can be"
              + " settled while it is leased and for the next "
              + maxRemembered
              + " acknowledgements (engine.remembered-costs)");
    }
    int before = charged(progress, lease);
    lease.settledCost = cost;
    Queue counted = progress.queue;
    group.shares.settle(counted.priority, keyOf(counted, lease), cost - before);
    return Outcome.ok(before);
  }
}
