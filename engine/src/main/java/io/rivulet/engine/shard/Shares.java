package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Scheduling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
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
  /** One key at one priority. */
  static final class Share {
    final Level level;
    final String key;

    /** What the key may take of its own; all its shares have the same. */
    final KeyGate gate;

    /** Cost handed out, by weight. */
    private double counter;

    /** Ready sets in which something of it stands, each with its bucket. */
    final Map<ReadySet, ReadySet.Bucket> buckets = new HashMap<>(2);

    /** Stands among those that are ahead of the others and have nothing waiting. */
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

  /** All keys at one priority; counts as a key does where priorities have weights. */
  static final class Level {
    final int priority;
    private final Map<String, Share> shares = new HashMap<>(4);
    private double counter;

    /** The counter at which a key was served last; never goes back. */
    private double served;

    /** Shares that something is ready of, over all ready sets. */
    private int active;

    private final PriorityQueue<Share> ahead =
        new PriorityQueue<>((one, other) -> Double.compare(one.counter, other.counter));

    private Level(int priority) {
      this.priority = priority;
    }

    double counter() {
      return counter;
    }
  }

  private final Gates gates;
  private final TreeMap<Integer, Level> levels = new TreeMap<>();
  private Scheduling rules;
  private double servedLevel;

  Shares(Scheduling rules, Gates gates) {
    this.rules = rules;
    this.gates = gates;
  }

  /** Others hold from now on; ready sets must be filled anew. */
  void rules(Scheduling changed) {
    rules = changed;
    levels.clear();
    servedLevel = 0;
  }

  Scheduling rules() {
    return rules;
  }

  boolean isFair() {
    return rules.fairness().isPresent();
  }

  boolean isAging() {
    return rules.priorities() instanceof PriorityRule.Aging;
  }

  /** Whether each message is a choice of its own between all that is ready. */
  boolean isByMessage() {
    return !(rules.priorities() instanceof PriorityRule.Strict) || isFair();
  }

  /** Whether what is handed out must be counted. */
  boolean isCounted() {
    return isFair() || rules.priorities() instanceof PriorityRule.Weighted;
  }

  /** The share that a queue of this priority and key belongs to. */
  Share of(int priority, String key) {
    String counted = isFair() ? key : "";
    Level level = levels.get(priority);
    if (level == null) {
      level = new Level(priority);
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

  /** The share if it has one. */
  @Nullable Share find(int priority, String key) {
    Level level = levels.get(priority);
    return level == null ? null : level.shares.get(isFair() ? key : "");
  }

  /** Something of it became ready in one more ready set. */
  void enter(Share share, ReadySet set, ReadySet.Bucket bucket) {
    Level level = share.level;
    if (share.buckets.isEmpty()) {
      share.counter = Math.max(share.counter, level.served);
      if (level.active++ == 0) {
        level.counter = Math.max(level.counter, servedLevel);
      }
    }
    share.buckets.put(set, bucket);
  }

  /** Nothing of it is ready there any more. */
  void leave(Share share, ReadySet set) {
    Level level = share.level;
    if (share.buckets.remove(set) == null || !share.buckets.isEmpty()) {
      return;
    }
    level.active--;
    if (share.counter > level.served) {
      if (!share.isAhead) {
        share.isAhead = true;
        level.ahead.add(share);
      }
    } else {
      forget(share);
    }
    if (level.shares.isEmpty() && level.counter <= servedLevel) {
      levels.remove(level.priority, level);
    }
  }

  /** All shares of a key, at whatever priority. */
  List<Share> ofKey(String key) {
    List<Share> found = new ArrayList<>(levels.size());
    for (Level level : levels.values()) {
      Share share = level.shares.get(key);
      if (share != null) {
        found.add(share);
      }
    }
    return found;
  }

  private static void forget(Share share) {
    if (share.level.shares.remove(share.key, share)) {
      share.gate.shares--;
    }
  }

  /** The share was chosen, before anything is charged. */
  void chosen(Share share) {
    Level level = share.level;
    level.served = Math.max(level.served, share.counter);
    servedLevel = Math.max(servedLevel, level.counter);
    for (Share first = level.ahead.peek();
        first != null && first.counter <= level.served;
        first = level.ahead.peek()) {
      level.ahead.poll();
      first.isAhead = false;
      if (first.buckets.isEmpty()) {
        forget(first);
      }
    }
  }

  /** Something of it was handed out. */
  void charge(Share share, int cost) {
    Fairness fairness = rules.fairness().orElse(null);
    if (fairness != null) {
      add(share, (double) cost / fairness.weightOf(share.key));
    }
    if (rules.priorities() instanceof PriorityRule.Weighted(Map<Integer, Integer> weights)) {
      share.level.counter += (double) cost / weightOf(weights, share.level.priority);
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
    double change = (double) difference / fairness.weightOf(key);
    if (share.buckets.isEmpty()) {
      share.counter = Math.max(share.counter, share.level.served);
    }
    add(share, change);
    if (change < 0) {
      share.buckets.values().forEach(ReadySet.Bucket::nowEarlier);
    }
    if (share.buckets.isEmpty() && share.counter <= share.level.served) {
      forget(share);
    }
  }

  private static void add(Share share, double change) {
    Level level = share.level;
    if (share.isAhead) {
      level.ahead.remove(share);
    }
    share.counter += change;
    if (share.isAhead || (share.buckets.isEmpty() && share.counter > level.served)) {
      share.isAhead = true;
      level.ahead.add(share);
    }
  }

  /** A priority that is not named has the weight of the next lower one that is. */
  static int weightOf(Map<Integer, Integer> weights, int priority) {
    Integer own = weights.get(priority);
    if (own != null) {
      return own;
    }
    int best = -1;
    int weight = 1;
    for (Map.Entry<Integer, Integer> each : weights.entrySet()) {
      if (each.getKey() < priority && each.getKey() > best) {
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
