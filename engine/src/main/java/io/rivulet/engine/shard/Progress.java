package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. How far a group has come in a queue.
 *
 * <p>Below {@link #committed} all is acknowledged. From there to {@link #next} each message is
 * either acknowledged or outstanding: leased to a client, or due for redelivery because its lease
 * ended. From {@code next} on nothing was delivered yet.
 *
 * <p>In a strict queue nothing is delivered while anything is leased: one outstanding batch. When
 * its leases have ended, what is left of it is delivered again, in order, before anything new.
 */
final class Progress extends Timed {
  final Group group;
  final Queue queue;
  final GroupTopic groupTopic;

  long committed;
  long next;

  /** Nothing is delivered before this time; 0: not suspended. */
  long suspendedUntilMillis;

  /** By offset. Most have none most of the time, and there may be a million of them. */
  NavigableMap<Long, Lease> outstanding = Collections.emptyNavigableMap();

  /** Offsets of the outstanding that are due; a subset. */
  NavigableSet<Long> due = Collections.emptyNavigableSet();

  boolean isDirty;

  /** It has a row in the index, up to date or not. */
  boolean hasRow;

  /** What stands in the index's table of what is pending. */
  Pending pendingRow = Pending.NOTHING;

  /** Since when it has stood in ready sets. */
  long readySinceMillis;

  /** In how many ready sets it stands. */
  int readySets;

  /** What it contributes to its group's tally, and under which key. */
  long tallied;

  String talliedKey = "";

  /** What is left to do in a queue. */
  enum Pending {
    NOTHING,
    /** Not yet delivered. */
    NEW,
    /** Leased, due or suspended, and maybe more: somebody has to look at the time. */
    TIMED,
    /** Not known: the row may be there. */
    UNKNOWN
  }

  Progress(GroupTopic groupTopic, Queue queue, long start) {
    this.groupTopic = groupTopic;
    this.group = groupTopic.group;
    this.queue = queue;
    committed = start;
    next = start;
  }

  boolean isStrict() {
    return queue.topic.type().isStrictlyOrdered();
  }

  int leased() {
    return outstanding.size() - due.size();
  }

  /** Its queue or its group is gone. */
  boolean isGone() {
    return queue.isGone() || group.isDeleted;
  }

  /** What a poll that is being put together has taken and not yet leased; null: nothing. */
  @Nullable Claim claim;

  /** Owned by the shard thread. */
  static final class Claim {
    /** All new messages below are taken. */
    long next;

    /** All that is due up to here is taken. */
    long due = -1;

    /** Messages taken. */
    int count;
  }

  /** Whether something may be delivered now. */
  boolean isReady(long nowMillis, int maxWindow) {
    if (isGone() || queue.isDropped || nowMillis < suspendedUntilMillis) {
      return false;
    }
    if (isStrict() && leased() > 0) {
      return false;
    }
    long first = claim == null ? next : Math.max(next, claim.next);
    return (!due.isEmpty() && (claim == null || due.last() > claim.due))
        || (first < queue.visibleEnd && first - committed < maxWindow);
  }

  /** Something is undelivered or unacknowledged, durable or not. */
  boolean isPending() {
    return !outstanding.isEmpty() || next < queue.nextOffset;
  }

  Pending pending() {
    if (!outstanding.isEmpty()) {
      return Pending.TIMED;
    }
    if (next >= queue.nextOffset) {
      return Pending.NOTHING;
    }
    return suspendedUntilMillis > 0 ? Pending.TIMED : Pending.NEW;
  }

  /** The offset of the message that is next. */
  long firstAvailable() {
    Long first = claim == null ? due.isEmpty() ? null : due.first() : due.higher(claim.due);
    if (first != null) {
      return first;
    }
    return claim == null ? next : Math.max(next, claim.next);
  }

  /** Messages that may be delivered, roughly: filters are not looked at. */
  long available() {
    return due.size() + Math.max(0, queue.visibleEnd - next);
  }

  /** Messages not acknowledged. */
  long backlog() {
    long from = Math.max(next, queue.firstOffset);
    return outstanding.size() + Math.max(0, queue.visibleEnd - from - queue.cancelledFrom(from));
  }

  /** The same with what is not durable yet. */
  long unacknowledged() {
    return outstanding.size() + Math.max(0, queue.nextOffset - Math.max(next, queue.firstOffset));
  }

  /** What it would be of a row. */
  static long unacknowledgedOf(byte[] row, Queue queue) {
    ByteReader in = new ByteReader(row);
    in.getVarLong();
    long next = in.getVarLong();
    in.getVarLong();
    return in.getVarInt() + Math.max(0, queue.nextOffset - Math.max(next, queue.firstOffset));
  }

  /** The oldest message that is not acknowledged; the queue's end if all are. */
  long oldest() {
    return outstanding.isEmpty() ? Math.max(next, queue.firstOffset) : outstanding.firstKey();
  }

  // ---- the fold: each of these is one record's effect

  /** A message was handed out. */
  void grant(
      long offset,
      long leaseId,
      long atMillis,
      long visibleAtMillis,
      boolean renewed,
      String clientId) {
    Lease lease = outstandingAt(offset);
    end(lease);
    notDue(offset);
    lease.id = leaseId;
    lease.settledCost = -1;
    lease.previousId = 0;
    lease.visibleAtMillis = visibleAtMillis;
    lease.grantedAtMillis = atMillis;
    lease.attempt++;
    lease.isRenewed = renewed;
    lease.clientId = clientId;
    next = Math.max(next, offset + 1);
    // Filtered messages above this one may have been acknowledged before it was granted.
    committed = Math.min(committed, offset);
    begin(lease);
  }

  /**
   * A message that is leased goes to its client again, as in the answer that was lost: that one may
   * have arrived after all, so its handle holds, too. What was granted with it is as old as before:
   * in order, what is older than the newest grant has ended.
   */
  void grantAgain(long offset, long atMillis) {
    Lease lease = outstanding.get(offset);
    if (lease == null) {
      return;
    }
    lease.id |= Lease.REPEATED;
    long before = lease.grantedAtMillis;
    for (Lease each : outstanding.values()) {
      if (each.grantedAtMillis == before && Objects.equals(each.clientId, lease.clientId)) {
        each.grantedAtMillis = atMillis;
      }
    }
  }

  /** Messages were acknowledged, delivered or not. */
  void acknowledge(long from, long to) {
    if (outstanding.isEmpty()) {
      // Nothing of it was delivered.
    } else if (to - from == 1) {
      Lease lease = outstanding.remove(from);
      if (lease != null) {
        end(lease);
      }
      notDue(from);
    } else {
      NavigableMap<Long, Lease> acknowledged = outstanding.subMap(from, true, to, false);
      acknowledged.values().forEach(this::end);
      acknowledged.clear();
      if (!due.isEmpty()) {
        due.subSet(from, to).clear();
      }
    }
    if (outstanding.isEmpty()) {
      forgetOutstanding();
    }
    next = Math.max(next, to);
    committed = outstanding.isEmpty() ? next : outstanding.firstKey();
  }

  /**
   * A lease was changed: it ends at another time, under another id.
   *
   * @param uncounted the delivery does not count as an attempt
   */
  void change(long offset, long leaseId, long visibleAtMillis, boolean suspend, boolean uncounted) {
    Lease lease = outstanding.get(offset);
    if (lease == null) {
      return;
    }
    lease.previousId = lease.id;
    lease.id = leaseId;
    lease.visibleAtMillis = visibleAtMillis;
    lease.isRenewed = false;
    notDue(offset);
    begin(lease);
    if (uncounted) {
      lease.attempt = Math.max(0, lease.attempt - 1);
    }
    if (suspend) {
      suspendedUntilMillis = Math.max(suspendedUntilMillis, visibleAtMillis);
    }
  }

  /** Nothing is delivered before this time; 0: it is again. What is leased stays so. */
  void suspend(long untilMillis) {
    suspendedUntilMillis = untilMillis;
  }

  /** The group's place was moved; what was outstanding is forgotten. */
  void reset(long offset) {
    outstanding.values().forEach(this::end);
    forgetOutstanding();
    suspendedUntilMillis = 0;
    committed = offset;
    next = offset;
  }

  /** It is as it was in another shard. */
  void restore(byte[] row) {
    reset(0);
    Progress state = copyOfRow(groupTopic, queue, row);
    committed = state.committed;
    next = state.next;
    suspendedUntilMillis = state.suspendedUntilMillis;
    outstanding = state.outstanding;
    outstanding.values().forEach(this::begin);
  }

  /** The queue is gone, and what was leased in it. */
  void drop() {
    outstanding.values().forEach(this::uncount);
  }

  private Lease outstandingAt(long offset) {
    if (outstanding.isEmpty()) {
      outstanding = new TreeMap<>();
    }
    return outstanding.computeIfAbsent(offset, Lease::new);
  }

  private void notDue(long offset) {
    if (!due.isEmpty()) {
      due.remove(offset);
    }
  }

  private void forgetOutstanding() {
    outstanding = Collections.emptyNavigableMap();
    due = Collections.emptyNavigableSet();
  }

  /** The lease holds; it may have before. */
  private void begin(Lease lease) {
    lease.isDue = false;
    if (!lease.isCounted && !queue.isReclaimed) {
      lease.isCounted = true;
      groupTopic.leased++;
      group.gates.began(queue, lease);
    }
  }

  /** The group's rules are others. */
  void recount() {
    for (Lease lease : outstanding.values()) {
      if (lease.isCounted) {
        group.gates.count(queue, lease);
      }
    }
  }

  /** The lease holds no more, if it did. */
  private void end(Lease lease) {
    if (!queue.isReclaimed) {
      uncount(lease);
    }
  }

  private void uncount(Lease lease) {
    if (lease.isCounted) {
      lease.isCounted = false;
      groupTopic.leased--;
      group.gates.ended(lease);
    }
  }

  // ---- time

  /** Ends the lease of a message: it is due for redelivery. */
  void expire(Lease lease) {
    lease.isDue = true;
    if (due.isEmpty()) {
      due = new TreeSet<>();
    }
    due.add(lease.offset);
    end(lease);
    KeyGate gate = group.shares.isFair() ? group.gates.known(queue.fairnessKey) : null;
    if (gate != null) {
      group.shares.tryAgain(gate);
    }
  }

  /** When the next lease or the suspension ends; {@link Timers#NEVER} if nothing is to come. */
  long nextEvent(long nowMillis) {
    long earliest = suspendedUntilMillis > nowMillis ? suspendedUntilMillis : Timers.NEVER;
    if (leased() > 0) {
      for (Lease lease : outstanding.values()) {
        if (!lease.isDue) {
          earliest = Math.min(earliest, lease.visibleAtMillis);
        }
      }
    }
    return earliest;
  }

  /** When the last of what is outstanding was handed to a client; 0 if nothing was. */
  long newestGrantMillis() {
    long newest = 0;
    for (Lease lease : outstanding.values()) {
      if (lease.clientId != null && !lease.clientId.isEmpty()) {
        newest = Math.max(newest, lease.grantedAtMillis);
      }
    }
    return newest;
  }

  @Nullable Lease leaseOf(long offset) {
    return outstanding.get(offset);
  }

  // ---- rows

  byte[] toRow() {
    ByteWriter out = new ByteWriter(24 + outstanding.size() * 48);
    out.putVarLong(committed).putVarLong(next).putVarLong(suspendedUntilMillis);
    out.putVarInt(outstanding.size());
    for (Lease lease : outstanding.values()) {
      out.putVarLong(lease.offset).putLong(lease.id).putLong(lease.previousId);
      out.putVarLong(lease.visibleAtMillis).putVarInt(lease.attempt);
      out.putVarLong(lease.grantedAtMillis).putBoolean(lease.isRenewed);
      out.putOptionalString(lease.clientId);
    }
    return out.toBytes();
  }

  static Progress fromRow(GroupTopic groupTopic, Queue queue, byte[] row) {
    Progress progress = copyOfRow(groupTopic, queue, row);
    progress.outstanding.values().forEach(progress::begin);
    return progress;
  }

  /** What a row says, to be looked at: what is leased is not counted for the group. */
  static Progress copyOfRow(GroupTopic groupTopic, Queue queue, byte[] row) {
    ByteReader in = new ByteReader(row);
    Progress progress = new Progress(groupTopic, queue, in.getVarLong());
    progress.next = in.getVarLong();
    progress.suspendedUntilMillis = in.getVarLong();
    int count = in.getCount(20);
    for (int i = 0; i < count; i++) {
      Lease lease = progress.outstandingAt(in.getVarLong());
      lease.id = in.getLong();
      lease.previousId = in.getLong();
      lease.visibleAtMillis = in.getVarLong();
      lease.attempt = in.getVarInt();
      lease.grantedAtMillis = in.getVarLong();
      lease.isRenewed = in.getBoolean();
      lease.clientId = in.getOptionalString();
    }
    return progress;
  }
}
