package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.CapacityLimit;

/**
 * Owned by the shard thread. One client of a group as the scheduler sees it: what it holds, and how
 * much it has shown that it can do.
 *
 * <p>A client that let a lease end without a word is stalled: it is handed one message at a time,
 * after waits that double, until it acknowledges one.
 */
final class Worker {
  private static final long FIRST_PROBE_MILLIS = 1000;
  private static final long MAX_PROBE_MILLIS = 60_000;

  final Gates gates;
  final String clientId;
  private final CapacityLimit limit = new CapacityLimit();
  private int leased;
  private long lastAcknowledgedMillis;
  private boolean isStalled;
  private long probeMillis = FIRST_PROBE_MILLIS;
  private long nextProbeMillis;

  Worker(Gates gates, String clientId) {
    this.gates = gates;
    this.clientId = clientId;
  }

  /**
   * How many more messages it may be handed now.
   *
   * @param concurrency a limit that was configured; 0: none
   */
  int room(long nowMillis, int concurrency, boolean isAdaptive) {
    int most = concurrency > 0 ? concurrency : Integer.MAX_VALUE;
    if (isAdaptive) {
      if (isStalled) {
        return leased == 0 && nowMillis >= nextProbeMillis ? 1 : 0;
      }
      most = Math.min(most, limit.value());
    }
    return Math.max(0, most - leased);
  }

  /** When there may be room although nothing happens; {@link Timers#NEVER} if not. */
  long roomAt(boolean isAdaptive) {
    return isAdaptive && isStalled && leased == 0 ? nextProbeMillis : Timers.NEVER;
  }

  /** It was handed a message. */
  void began(long nowMillis) {
    leased++;
    if (isStalled) {
      nextProbeMillis = nowMillis + probeMillis;
      probeMillis = Math.min(MAX_PROBE_MILLIS, 2 * probeMillis);
    }
  }

  /** It holds a message less, for whatever reason. */
  void ended() {
    leased--;
  }

  /**
   * It acknowledged a message.
   *
   * @param hadMore whether more waited for it than it was handed
   */
  void acknowledged(long nowMillis, int cost, boolean hadMore) {
    lastAcknowledgedMillis = nowMillis;
    isStalled = false;
    probeMillis = FIRST_PROBE_MILLIS;
    limit.acknowledged(nowMillis, cost, hadMore);
  }

  /** A lease ended that it had not acknowledged, nor asked to change. */
  void expired(long nowMillis, long grantedAtMillis) {
    if (lastAcknowledgedMillis < grantedAtMillis) {
      if (!isStalled) {
        nextProbeMillis = nowMillis + probeMillis;
      }
      isStalled = true;
    }
  }

  int leased() {
    return leased;
  }

  int limit() {
    return limit.value();
  }

  boolean isStalled() {
    return isStalled;
  }
}
