package io.rivulet.engine.shard;

import io.rivulet.engine.limit.Permits;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.RateGate;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What one fairness key of a group may take of its own: its rates, how
 * much of it may be handed out at a time, whether it is suspended.
 */
final class KeyGate extends Timed {
  private static final String MESSAGES = "messages of ";
  private static final String COST = "cost of ";
  private static final String CONCURRENCY = "concurrency of ";

  final Gates gates;
  final String key;

  /** Those of {@link Shares} that know it. */
  int shares;

  /** Of its messages, those that are leased. */
  private int leased;

  /** Taken for a poll and about to be leased. */
  private int claimed;

  /** Nothing of it is handed out before this time; 0: not suspended. */
  long suspendedUntilMillis;

  private @Nullable RateGate messages;
  private @Nullable RateGate cost;

  /** If its concurrency is counted together with that of other shards. */
  private @Nullable Permits permits;

  /** Its messages are passed over until the gate opens. */
  private boolean isClosed;

  private long closedUntilMillis;

  /** It is closed until one of its leases ends, or more is allotted to it. */
  private boolean isFull;

  /** It was found closed for want of what its rates allow to several shards together. */
  private boolean isAtRate;

  /** Why it is closed; null: it is open. */
  private ClosedKeys.@Nullable Reason why;

  /** Had no room for all of its queues while it was closed; null: nobody. */
  private @Nullable Set<Subscriber> missedBy;

  KeyGate(Gates gates, String key) {
    this.gates = gates;
    this.key = key;
  }

  /** Others hold from now on; a bucket whose rate stays the same stays as it is. */
  void limit(Limits limits, long nowMillis) {
    messages = gates.changed(messages, limits.messages(), nowMillis, MESSAGES + key);
    cost = gates.changed(cost, limits.cost(), nowMillis, COST + key);
    permits =
        gates.permits(permits, limits.concurrency(), nowMillis, CONCURRENCY + key, this::leased);
  }

  /** Nobody knows what has passed before this time. */
  void beginEmpty(Limits limits, long sinceMillis) {
    messages = gates.empty(limits.messages(), sinceMillis, MESSAGES + key);
    cost = gates.empty(limits.cost(), sinceMillis, COST + key);
    permits =
        gates.permits(permits, limits.concurrency(), sinceMillis, CONCURRENCY + key, this::leased);
  }

  /** The subscriber leaves a queue of it in the index until it has used what it has. */
  void missedBy(Subscriber subscriber) {
    if (missedBy == null) {
      missedBy = new LinkedHashSet<>(2);
    }
    missedBy.add(subscriber);
  }

  boolean isMissedBy(Subscriber subscriber) {
    return missedBy != null && missedBy.contains(subscriber);
  }

  /** Nothing of it is ready there: what was left in the index is looked for. */
  void findsMore(Subscriber subscriber) {
    if (missedBy != null && missedBy.remove(subscriber)) {
      subscriber.misses = true;
      missedBy = missedBy.isEmpty() ? null : missedBy;
    }
  }

  boolean isClosed() {
    return isClosed;
  }

  boolean isFull() {
    return isFull;
  }

  /**
   * When a message of this cost may pass; now, later, or {@link Timers#NEVER} until a lease ends.
   */
  long openAt(long nowMillis, int messageCost, int concurrency) {
    isAtRate = false;
    boolean isTaken =
        permits == null
            ? concurrency > 0 && leased + claimed >= concurrency
            : !permits.isOpen(nowMillis, leased + claimed);
    if (isTaken) {
      return Timers.NEVER;
    }
    long at = Math.max(nowMillis, suspendedUntilMillis);
    if (messages != null) {
      at = Math.max(at, messages.openAt(nowMillis, 1));
    }
    if (cost != null) {
      at = Math.max(at, cost.openAt(nowMillis, messageCost));
    }
    isAtRate = at == RateGate.UNKNOWN;
    return at;
  }

  void took(long nowMillis, int messageCost) {
    if (messages != null) {
      messages.take(nowMillis, 1);
    }
    if (cost != null) {
      cost.take(nowMillis, messageCost);
    }
    claimed++;
  }

  /** What was taken for a poll has been leased. */
  void unclaim() {
    claimed = 0;
  }

  /** Nothing of it passes until this time, or until a lease ends. */
  void close(long untilMillis) {
    isClosed = true;
    closedUntilMillis = untilMillis;
    isFull = untilMillis == Timers.NEVER;
    ClosedKeys.Reason timed =
        untilMillis <= suspendedUntilMillis ? ClosedKeys.Reason.SUSPENSION : ClosedKeys.Reason.RATE;
    count(isFull && !isAtRate ? ClosedKeys.Reason.CONCURRENCY : timed);
  }

  private void count(ClosedKeys.@Nullable Reason now) {
    gates.closedKeys.changed(why, now);
    why = now;
  }

  long closedUntilMillis() {
    return closedUntilMillis;
  }

  void open() {
    isClosed = false;
    isFull = false;
    count(null);
  }

  void began() {
    leased++;
    leasedChanged();
  }

  void ended() {
    leased--;
    leasedChanged();
  }

  private void leasedChanged() {
    if (permits != null) {
      permits.changed();
    }
  }

  int leased() {
    return leased;
  }

  /** Whether a new one would do as well. */
  boolean isIdle(long nowMillis) {
    return leased == 0
        && !isClosed
        && missedBy == null
        && suspendedUntilMillis <= nowMillis
        && (messages == null || messages.isIdle(nowMillis))
        && (cost == null || cost.isIdle(nowMillis));
  }
}
