package io.rivulet.engine.shard;

import java.util.Map;
import java.util.TreeMap;

/**
 * Owned by the shard thread. How much of a group is handed out in a second, by priority: averages
 * in which what is older than ten seconds counts little.
 */
final class ServedRates {
  private static final double WINDOW_MILLIS = 10_000;

  /** Priorities that are told apart; all others count as one, the lowest of them. */
  private static final int MAX_PRIORITIES = 1024;

  /** Owned by the shard thread. One average. */
  static final class Meter {
    private double messages;
    private double cost;
    private long atMillis;

    private void add(long nowMillis, int count, long costs) {
      decay(nowMillis);
      messages += count;
      cost += costs;
    }

    private void decay(long nowMillis) {
      if (nowMillis > atMillis) {
        double left = Math.exp(-(nowMillis - atMillis) / WINDOW_MILLIS);
        messages *= left;
        cost *= left;
        atMillis = nowMillis;
      }
    }

    double messagesPerSecond(long nowMillis) {
      decay(nowMillis);
      return messages * 1000 / WINDOW_MILLIS;
    }

    double costPerSecond(long nowMillis) {
      decay(nowMillis);
      return cost * 1000 / WINDOW_MILLIS;
    }
  }

  private final TreeMap<Integer, Meter> byPriority = new TreeMap<>();
  private final Meter all = new Meter();

  /** Handed out since metrics were read. */
  private long unreadMessages;

  private long unreadCost;

  /** Messages of one priority were handed out. */
  void add(long nowMillis, int priority, int count, long costs) {
    all.add(nowMillis, count, costs);
    unreadMessages += count;
    unreadCost += costs;
    Meter meter = byPriority.get(priority);
    if (meter == null) {
      boolean isFull = byPriority.size() >= MAX_PRIORITIES;
      meter = isFull ? byPriority.firstEntry().getValue() : new Meter();
      if (!isFull) {
        byPriority.put(priority, meter);
      }
    }
    meter.add(nowMillis, count, costs);
  }

  long unreadMessages() {
    return unreadMessages;
  }

  /** Messages handed out since this was asked last. */
  long newMessages() {
    long messages = unreadMessages;
    unreadMessages = 0;
    return messages;
  }

  /** What was handed out since this was asked last cost so much. */
  long newCost() {
    long cost = unreadCost;
    unreadCost = 0;
    return cost;
  }

  Meter all() {
    return all;
  }

  Map<Integer, Meter> byPriority() {
    return byPriority;
  }
}
