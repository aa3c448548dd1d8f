package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.TokenBucket;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What one fairness key of a group may take of its own: its rates, how
 * much of it may be handed out at a time, whether it is suspended.
 */
final class KeyGate extends Timed {
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

  private @Nullable TokenBucket messages;
  private @Nullable TokenBucket cost;

  /** Its messages are passed over until the gate opens. */
  private boolean isClosed;

  private long closedUntilMillis;

  /** It is closed until one of its leases ends. */
  private boolean isFull;

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
    messages = Gates.changed(messages, limits.messages(), nowMillis);
    cost = Gates.changed(cost, limits.cost(), nowMillis);
  }

  /** Nobody knows what has passed before this time. */
  void beginEmpty(Limits limits, long sinceMillis) {
    messages = Gates.empty(limits.messages(), sinceMillis);
    cost = Gates.empty(limits.cost(), sinceMillis);
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
    if (concurrency > 0 && leased + claimed >= concurrency) {
      return Timers.NEVER;
    }
    long at = Math.max(nowMillis, suspendedUntilMillis);
    if (messages != null) {
      at = Math.max(at, messages.openAt(nowMillis, 1));
    }
    return cost == null ? at : Math.max(at, cost.openAt(nowMillis, messageCost));
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
    count(isFull ? ClosedKeys.Reason.CONCURRENCY : timed);
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
  }

  void ended() {
    leased--;
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
        && (messages == null || messages.openAt(nowMillis, messages.rate().burst()) <= nowMillis)
        && (cost == null || cost.openAt(nowMillis, cost.rate().burst()) <= nowMillis);
  }
}
