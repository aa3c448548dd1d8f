package io.rivulet.engine.group;

import java.util.List;

/**
 * Immutable. How a group is being served now, as described to people and programs. Rates are
 * averages of about the last ten seconds; costs are those of the messages in memory, extended to
 * all that wait.
 *
 * @param heldBackBy what keeps the group from being handed more
 * @param leased messages handed out and not acknowledged
 * @param classes by priority, highest first: what waits or was served lately
 * @param keys fairness keys of which something waits
 * @param topKeys of these the ones with the most cost waiting, largest first
 * @param workers clients whose capacity is counted
 */
public record SchedulingView(
    HeldBackBy heldBackBy,
    long leased,
    Served served,
    List<PriorityClass> classes,
    long keys,
    List<Key> topKeys,
    List<Worker> workers) {
  /** Why nothing more is handed out, although something waits and somebody polls. */
  public enum HeldBackBy {
    NOTHING,
    MESSAGE_RATE,
    COST_RATE,
    CONCURRENCY,
    CLIENTS
  }

  /** Immutable. What was handed out in a second. */
  public record Served(double messages, double cost) {}

  /**
   * Immutable. What waits.
   *
   * @param oldestMillis when its oldest message was stored, milliseconds since the epoch; 0: none
   */
  public record Waiting(long messages, long cost, long oldestMillis) {
    public static final Waiting NONE = new Waiting(0, 0, 0);

    /** Both together. */
    public Waiting and(Waiting other) {
      long oldest =
          oldestMillis == 0 || other.oldestMillis == 0
              ? Math.max(oldestMillis, other.oldestMillis)
              : Math.min(oldestMillis, other.oldestMillis);
      return new Waiting(messages + other.messages, cost + other.cost, oldest);
    }
  }

  /** Immutable. All messages of one priority. */
  public record PriorityClass(int priority, Waiting waiting, Served served) {}

  /**
   * Immutable. All messages of one fairness key.
   *
   * @param suspendedUntilMillis milliseconds since the epoch; 0: it is not suspended
   */
  public record Key(
      String key, Waiting waiting, long leased, int weight, long suspendedUntilMillis) {}

  /**
   * Immutable. A client.
   *
   * @param limit messages that it is handed at most; {@link Integer#MAX_VALUE}: no limit
   * @param isStalled it let a lease end and is probed with single messages
   */
  public record Worker(String clientId, int leased, int limit, boolean isStalled) {}
}
