package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.TokenBucket;
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

  KeyGate(Gates gates, String key) {
    this.gates = gates;
    this.key = key;
  }

  /** Others hold from now on; what has passed is forgotten. */
  void limit(Limits limits, long nowMillis) {
    messages = limits.messages().map(rate -> TokenBucket.full(rate, nowMillis)).orElse(null);
    cost = limits.cost().map(rate -> TokenBucket.full(rate, nowMillis)).orElse(null);
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
  }

  long closedUntilMillis() {
    return closedUntilMillis;
  }

  void open() {
    isClosed = false;
    isFull = false;
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
        && suspendedUntilMillis <= nowMillis
        && (messages == null || messages.openAt(nowMillis, messages.rate().burst()) <= nowMillis)
        && (cost == null || cost.openAt(nowMillis, cost.rate().burst()) <= nowMillis);
  }
}
