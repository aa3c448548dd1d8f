package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Scheduling;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What each fairness key of a group has been handed, by priority: the
 * counters of the Virtual Token Counter algorithm (Sheng et al., "Fairness in Serving Large
 * Language Models", OSDI 2024).
 *
 * <p>Each message that is handed out adds its cost, divided by the key's weight, to the counter of
 * its key; the key with the lowest counter is next. A key that comes back after it had nothing
 * waiting is lifted to the lowest counter at which anybody was served last, so that it can't save
 * up; a counter that is ahead because the real cost was higher than announced stays ahead.
 *
 * <p>A key that has nothing waiting and is not ahead is forgotten: it would be lifted anyway.
 */
final class Shares {
  /** Owned by the shard thread. One key at one priority. */
  static final class Share {
    final Level level;
    final String key;

    /** What the key may take of its own; all its shares have the same. */
    final KeyGate gate;

    /** Cost handed out, by weight. */
    private double counter;

    /** What stands of it in ready sets, a list; null: nothing. */
    private @Nullable Bucket buckets;

    /** Stands among those that may be ahead of the others and have nothing waiting. */
    private boolean isAhead;

    private Share(Level level, String key, KeyGate gate) {
      this.level = level;
      this.key = key;
      this.gate = gate;
    }

    double counter() {
      return counter;
    }
  }

  /** A share that had nothing waiting and stood at this counter. */
  private record Ahead(double counter, Share share) implements Comparable<Ahead> {
    @Override
    public int compareTo(Ahead other) {
      return Double.compare(counter, other.counter);
    }
  }

  /**
   * Owned by the shard thread. All keys at one priority; counts as a key does where priorities have
   * weights.
   */
  static final class Level {
    final int priority;
    private final Map<String, Share> shares = new HashMap<>(4);
    private double counter;
    private int weight;

    /** The counter at which a key was served last; never goes back. */
    private double served;

    /** Shares that something is ready of, over all ready sets. */
    private int active;

    /**
     * Each share at most once; one that has something waiting again is dropped when it comes up.
     */
    private final PriorityQueue<Ahead> ahead = new PriorityQueue<>(1);

    private Level(int priority, int weight) {
      this.priority = priority;
      this.weight = weight;
    }

    double counter() {
      return counter;
    }

    /** The share of a key, where the group shares by key. */
    @Nullable Share find(String key) {
      return shares.get(key);
    }
  }

  private final Gates gates;
  private final TreeMap<Integer, Level> levels = new TreeMap<>();
  private Scheduling rules;
  private boolean isFair;
  private boolean isWeighted;
  private boolean isAging;
  private double servedLevel;

  Shares(Scheduling rules, Gates gates) {
    this.gates = gates;
    this.rules = rules;
    look();
  }

  private void look() {
    isFair = rules.fairness().isPresent();
    isWeighted = rules.priorities() instanceof PriorityRule.Weighted;
    isAging = rules.priorities() instanceof PriorityRule.Aging;
  }

  /**
   * Others hold from now on; ready sets must be filled anew. What was counted still counts as long
   * as the same things are counted.
   */
  void rules(Scheduling changed) {
    boolean isSameKind =
        changed.fairness().isPresent() == isFair
            && changed.priorities().getClass() == rules.priorities().getClass();
    rules = changed;
    look();
    if (!isSameKind) {
      for (Level level : levels.values()) {
        level.shares.values().forEach(each -> each.gate.shares--);
      }
      levels.clear();
      servedLevel = 0;
    }
    levels.values().forEach(each -> each.weight = weightOf(each.priority));
  }

  Scheduling rules() {
    return rules;
  }

  boolean isFair() {
    return isFair;
  }

  boolean isAging() {
    return isAging;
  }

  /** Whether each message is a choice of its own between all that is ready. */
  boolean isByMessage() {
    return isFair || isWeighted || isAging;
  }

  /** Whether what is handed out must be counted. */
  boolean isCounted() {
    return isFair || isWeighted;
  }

  /** The share that a queue of this priority and key belongs to. */
  Share of(int priority, String key) {
    String counted = isFair ? key : "";
    Level level = levels.get(priority);
    if (level == null) {
      level = new Level(priority, weightOf(priority));
      levels.put(priority, level);
    }
    Share share = level.shares.get(counted);
    if (share == null) {
      share = new Share(level, counted, gates.ofKey(counted));
      share.gate.shares++;
      level.shares.put(counted, share);
    }
    return share;
  }

  /** Something of it became ready in one more ready set. */
  void enter(Bucket bucket) {
    Share share = bucket.share;
    Level level = share.level;
    Bucket first = share.buckets;
    if (first == null) {
      share.counter = Math.max(share.counter, level.served);
      if (level.active++ == 0) {
        level.counter = Math.max(level.counter, servedLevel);
      }
    } else {
      first.previousOfShare = bucket;
      bucket.nextOfShare = first;
    }
    share.buckets = bucket;
  }

  /** Nothing of it is ready there any more. */
  void leave(Bucket bucket) {
    Share share = bucket.share;
    Bucket next = bucket.nextOfShare;
    Bucket previous = bucket.previousOfShare;
    bucket.nextOfShare = null;
    bucket.previousOfShare = null;
    if (next != null) {
      next.previousOfShare = previous;
    }
    if (previous != null) {
      previous.nextOfShare = next;
    } else {
      share.buckets = next;
    }
    if (share.buckets == null) {
      share.level.active--;
      rest(share);
    }
  }

  /** It has nothing waiting: it is remembered only if it is ahead. */
  private void rest(Share share) {
    Level level = share.level;
    if (share.counter <= level.served) {
      forget(share);
    } else if (!share.isAhead) {
      share.isAhead = true;
      level.ahead.add(new Ahead(share.counter, share));
    }
    if (level.shares.isEmpty() && level.counter <= servedLevel) {
      levels.remove(level.priority, level);
    }
  }

  private static void forget(Share share) {
    if (share.level.shares.remove(share.key, share)) {
      share.gate.shares--;
    }
  }

  /** The gate of a key is closed. */
  void close(KeyGate gate) {
    if (!gate.isClosed()) {
      return; // another message of the key has come up meanwhile
    }
    for (Level level : levels.values()) {
      Share share = level.shares.get(gate.key);
      for (Bucket each = share == null ? null : share.buckets;
          each != null;
          each = each.nextOfShare) {
        each.rung.set.close(each);
      }
    }
  }

  /** The gate of a key is open again; whoever has something of it ready is named to the visitor. */
  void reopen(KeyGate gate, Consumer<Subscriber> visitor) {
    gate.open();
    for (Level level : levels.values()) {
      Share share = level.shares.get(gate.key);
      for (Bucket each = share == null ? null : share.buckets;
          each != null;
          each = each.nextOfShare) {
        each.rung.set.reopen(each);
        visitor.accept(each.rung.set.subscriber);
      }
    }
  }

  /**
   * Another message of the key is next somewhere: a gate that is closed for what is costly may be
   * open for this one, or will be earlier. Who waits for it is to be served.
   */
  void tryAgain(KeyGate gate) {
    if (gate.isClosed() && !gate.isFull()) {
      reopen(gate, _ -> {});
    }
  }

  /** Something of it was handed out. */
  void charge(Share share, int cost) {
    Level level = share.level;
    Fairness fairness = rules.fairness().orElse(null);
    if (fairness != null) {
      if (share.counter > level.served) {
        level.served = share.counter;
        forgetThoseBehind(level);
      }
      share.counter += (double) cost / fairness.weightOf(share.key);
    }
    if (isWeighted) {
      servedLevel = Math.max(servedLevel, level.counter);
      level.counter += (double) cost / level.weight;
    }
  }

  private static void forgetThoseBehind(Level level) {
    for (Ahead first = level.ahead.peek();
        first != null && first.counter <= level.served;
        first = level.ahead.peek()) {
      level.ahead.poll();
      Share share = first.share;
      if (share.buckets != null) {
        share.isAhead = false;
      } else if (share.counter > level.served) {
        level.ahead.add(new Ahead(share.counter, share));
      } else {
        share.isAhead = false;
        forget(share);
      }
    }
  }

  /**
   * It turned out to cost more or less than it was charged for: the difference counts before the
   * key is served again.
   */
  void settle(int priority, String key, long difference) {
    Fairness fairness = rules.fairness().orElse(null);
    if (fairness == null) {
      return;
    }
    Share share = of(priority, key);
    if (share.buckets == null) {
      share.counter = Math.max(share.counter, share.level.served);
    }
    share.counter += (double) difference / fairness.weightOf(key);
    if (share.buckets == null) {
      rest(share);
    } else if (difference < 0) {
      for (Bucket each = share.buckets; each != null; each = each.nextOfShare) {
        if (each.ticket != null) {
          each.rung.issue(each);
        }
      }
    }
  }

  private int weightOf(int priority) {
    return rules.priorities() instanceof PriorityRule.Weighted(Map<Integer, Integer> weights)
        ? weightOf(weights, priority)
        : 1;
  }

  /** A priority that is not named has the weight of the next lower one that is. */
  static int weightOf(Map<Integer, Integer> weights, int priority) {
    int best = -1;
    int weight = 1;
    for (Map.Entry<Integer, Integer> each : weights.entrySet()) {
      if (each.getKey() <= priority && each.getKey() > best) {
        best = each.getKey();
        weight = each.getValue();
      }
    }
    return weight;
  }

  /** Keys that are remembered, for the bound on memory. */
  int size() {
    int count = 0;
    for (Level level : levels.values()) {
      count += level.shares.size();
    }
    return count;
  }
}
