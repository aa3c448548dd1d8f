package io.rivulet.engine.shard;

import io.rivulet.engine.group.SchedulingView.HeldBackBy;
import io.rivulet.engine.limit.Allowance;
import io.rivulet.engine.limit.LimitDesk;
import io.rivulet.engine.limit.LimitName;
import io.rivulet.engine.limit.Permits;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.RateGate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.scheduling.TokenBucket;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What keeps a group from being handed more: its rates, how much of it
 * may be handed out at a time, each fairness key's and each client's own. A gate delays; it never
 * drops.
 *
 * <p>Who meets a closed gate is put aside and is looked at again at the time at which it opens, or
 * when a lease ends; until then it costs nothing.
 *
 * <p>The limits of a group that is served by several shards hold for all of them together: what may
 * pass here is asked for at a {@link LimitDesk}.
 */
final class Gates extends Timed {
  private static final int KEYS_BEFORE_PRUNING = 1024;

  final Group group;
  private final ShardClock clock;
  private Scheduling rules;
  private Limits perKey = Limits.NONE;
  private @Nullable RateGate messages;
  private @Nullable RateGate cost;

  /** If the group's concurrency is counted together with that of other shards. */
  private @Nullable Permits permits;

  /** Where limits are asked for that hold for several shards; null: they hold for this one. */
  private final @Nullable LimitDesk desk;

  private boolean isPlain;

  /** Messages of the group that are leased. */
  private int leased;

  private final Map<String, KeyGate> keys = new HashMap<>();
  private int keysAfterPruning = KEYS_BEFORE_PRUNING;

  /** What keys passed before this time is not known, unless their rates were set since; -1: is. */
  private long unknownBeforeMillis = -1;

  private final Map<String, Worker> workers = new HashMap<>();
  private int workersAfterPruning = KEYS_BEFORE_PRUNING;
  private final Set<Subscriber> held = new LinkedHashSet<>();
  private final List<KeyGate> full = new ArrayList<>(0);

  /** Keys whose gates are closed, by the reason. */
  final ClosedKeys closedKeys = new ClosedKeys();

  /** A lease has ended, or the rules have changed. */
  private boolean isFreed;

  /** What holds the group back now. */
  private HeldBackBy reason = HeldBackBy.NOTHING;

  Gates(Group group, Scheduling rules, ShardClock clock, @Nullable LimitDesk desk) {
    this.group = group;
    this.desk = desk;
    this.rules = rules;
    this.clock = clock;
    isPlain = rules.equals(Scheduling.PLAIN);
    perKey = rules.fairness().map(Fairness::perKey).orElse(Limits.NONE);
    long nowMillis = clock.millis();
    limit(nowMillis);
  }

  // ---- the rules

  /** Others hold from now on; a bucket whose rate stays the same stays as it is. */
  void rules(Scheduling changed) {
    long nowMillis = clock.millis();
    Limits before = perKey;
    rules = changed;
    isPlain = changed.equals(Scheduling.PLAIN);
    perKey = changed.fairness().map(Fairness::perKey).orElse(Limits.NONE);
    limit(nowMillis);
    if (!perKey.equals(before)) {
      keys.values().forEach(each -> each.limit(perKey, nowMillis));
    }
    if (!perKey.messages().equals(before.messages()) || !perKey.cost().equals(before.cost())) {
      unknownBeforeMillis = -1;
    }
    keys.values().forEach(KeyGate::open);
    full.clear();
    if (!isCountingClients()) {
      workers.clear();
    }
    isFreed = true;
  }

  private void limit(long nowMillis) {
    messages = changed(messages, rules.limits().messages(), nowMillis, "messages");
    cost = changed(cost, rules.limits().cost(), nowMillis, "cost");
    permits =
        permits(permits, rules.limits().concurrency(), nowMillis, "concurrency", this::leased);
  }

  /** The gate for a rate that was set, maybe to what it was before. */
  @Nullable RateGate changed(
      @Nullable RateGate before, Optional<Rate> rate, long nowMillis, String what) {
    if (before != null && rate.filter(before.rate()::equals).isPresent()) {
      return before;
    }
    return desk == null
        ? rate.map(each -> TokenBucket.full(each, nowMillis)).orElse(null)
        : empty(rate, nowMillis, what);
  }

  /** One of which nobody knows what passed before. */
  @Nullable RateGate empty(Optional<Rate> rate, long nowMillis, String what) {
    if (rate.isEmpty()) {
      return null;
    }
    return desk == null
        ? TokenBucket.empty(rate.get(), nowMillis)
        : new Allowance(named(what), rate.get(), desk, this::freed, nowMillis);
  }

  /** The permits for a concurrency that was set, if it holds for several shards. */
  @Nullable Permits permits(
      @Nullable Permits before, int most, long nowMillis, String what, IntSupplier used) {
    if (desk == null || most == 0) {
      return null;
    }
    return before != null && before.most() == most
        ? before
        : new Permits(named(what), most, used, desk, this::freed, nowMillis);
  }

  private LimitName named(String what) {
    return new LimitName(group.name(), what);
  }

  private void freed() {
    isFreed = true;
  }

  /** Found at start: nobody knows what passed a moment before. */
  void beginEmpty() {
    long nowMillis = clock.millis();
    messages = empty(rules.limits().messages(), nowMillis, "messages");
    cost = empty(rules.limits().cost(), nowMillis, "cost");
    if (permits != null && leased > 0) {
      permits.changed();
    }
    unknownBeforeMillis = nowMillis;
    keys.values().forEach(each -> each.beginEmpty(perKey, nowMillis));
  }

  /** There is nothing to look at or to count. */
  boolean isPlain() {
    return isPlain;
  }

  boolean isCountingClients() {
    return rules.isAdaptive() || rules.clientConcurrency() > 0;
  }

  // ---- keys

  /** The gate of a fairness key; one that is always open if the group does not share by key. */
  KeyGate ofKey(String key) {
    KeyGate gate = keys.get(key);
    if (gate == null) {
      long now = clock.millis();
      prune(now);
      gate = new KeyGate(this, key);
      if (unknownBeforeMillis >= 0) {
        gate.beginEmpty(perKey, unknownBeforeMillis);
      } else {
        gate.limit(perKey, now);
      }
      keys.put(key, gate);
    }
    return gate;
  }

  /** Nothing of the key passes before this time; 0: it does again. */
  void suspend(String key, long untilMillis) {
    ofKey(key).suspendedUntilMillis = untilMillis;
  }

  private void prune(long nowMillis) {
    if (keys.size() >= 2 * keysAfterPruning) {
      keys.values().removeIf(each -> each.shares == 0 && each.isIdle(nowMillis));
      keysAfterPruning = Math.max(KEYS_BEFORE_PRUNING, keys.size());
    }
  }

  // ---- asking

  /** When the group may be handed another message; now, later, or never until a lease ends. */
  long openAt(long nowMillis, int claimed) {
    int concurrency = rules.limits().concurrency();
    boolean isFull =
        permits == null
            ? concurrency > 0 && leased + claimed >= concurrency
            : !permits.isOpen(nowMillis, leased + claimed);
    if (isFull) {
      reason = HeldBackBy.CONCURRENCY;
      return Timers.NEVER;
    }
    if (messages == null) {
      return nowMillis;
    }
    long at = messages.openAt(nowMillis, 1);
    if (at > nowMillis) {
      reason = HeldBackBy.MESSAGE_RATE;
    }
    return at;
  }

  /** When a message of this cost may be handed to the group. */
  long openForCost(long nowMillis, int messageCost) {
    if (cost == null) {
      return nowMillis;
    }
    long at = cost.openAt(nowMillis, messageCost);
    if (at > nowMillis) {
      reason = HeldBackBy.COST_RATE;
    }
    return at;
  }

  /** When a message of this cost may be handed out of this key. */
  long openForKey(KeyGate key, long nowMillis, int messageCost) {
    return key.openAt(nowMillis, messageCost, perKey.concurrency());
  }

  void took(KeyGate key, long nowMillis, int messageCost) {
    reason = HeldBackBy.NOTHING;
    if (messages != null) {
      messages.take(nowMillis, 1);
    }
    if (cost != null) {
      cost.take(nowMillis, messageCost);
    }
    key.took(nowMillis, messageCost);
  }

  /** How many more messages the client may be handed. */
  int roomOf(String clientId, long nowMillis) {
    if (!isCountingClients()) {
      return Integer.MAX_VALUE;
    }
    return worker(clientId).room(nowMillis, rules.clientConcurrency(), rules.isAdaptive());
  }

  private Worker worker(String clientId) {
    Worker worker = workers.get(clientId);
    if (worker == null) {
      if (workers.size() >= 2 * workersAfterPruning) {
        workers.values().removeIf(each -> each.leased() == 0 && !each.isStalled());
        workersAfterPruning = Math.max(KEYS_BEFORE_PRUNING, workers.size());
      }
      worker = new Worker(this, clientId);
      workers.put(clientId, worker);
    }
    return worker;
  }

  /** When the client may have room although nothing happens. */
  long roomAt(String clientId) {
    reason = HeldBackBy.CLIENTS;
    Worker worker = workers.get(clientId);
    return worker == null ? Timers.NEVER : worker.roomAt(rules.isAdaptive());
  }

  // ---- waiting

  /** A subscriber polls and something is ready for it, but a gate is closed. */
  void hold(Subscriber subscriber) {
    held.add(subscriber);
  }

  /** The key's messages are passed over for a while. */
  void close(KeyGate key, long untilMillis) {
    key.close(untilMillis);
    if (untilMillis == Timers.NEVER) {
      full.add(key);
    }
  }

  /** Whether somebody may be served who could not be before; asked once for each such change. */
  boolean isFreed() {
    boolean was = isFreed;
    isFreed = false;
    return was;
  }

  /** Those who were held back, to be served again: who was served last is last. */
  List<Subscriber> release() {
    List<Subscriber> released = new ArrayList<>(held);
    if (released.size() > 1) {
      released.sort(Comparator.comparingLong(each -> each.lastServed));
    }
    held.clear();
    reason = HeldBackBy.NOTHING;
    return released;
  }

  /** Keys that were full and are so no more. */
  List<KeyGate> emptied(long nowMillis) {
    if (full.isEmpty()) {
      return List.of();
    }
    List<KeyGate> emptied = new ArrayList<>();
    full.removeIf(key -> {
      boolean hasRoom = key.openAt(nowMillis, 1, perKey.concurrency()) != Timers.NEVER;
      if (hasRoom) {
        emptied.add(key);
      }
      return hasRoom;
    });
    return emptied;
  }

  boolean isWaitedFor() {
    return !held.isEmpty() || !full.isEmpty();
  }

  // ---- leases

  /** A message was leased. */
  void began(Queue queue, Lease lease) {
    leased++;
    if (permits != null) {
      permits.changed();
    }
    if (!isPlain) {
      count(queue, lease);
    }
  }

  /** A message is leased by somebody; it may have been when nobody asked by whom. */
  void count(Queue queue, Lease lease) {
    if (lease.key == null && rules.fairness().isPresent()) {
      lease.key = ofKey(queue.fairnessKey);
      lease.key.began();
    }
    String clientId = lease.clientId;
    if (!isCountingClients()) {
      lease.worker = null;
    } else if (lease.worker == null && clientId != null && !clientId.isEmpty()) {
      lease.worker = worker(clientId);
      lease.worker.began(clock.millis());
    }
  }

  /** A message is leased no more. */
  void ended(Lease lease) {
    leased--;
    isFreed = true;
    if (permits != null) {
      permits.changed();
    }
    if (lease.key != null) {
      lease.key.ended();
      lease.key = null;
    }
    if (lease.worker != null) {
      lease.worker.ended();
      lease.worker = null;
    }
  }

  int leased() {
    return leased;
  }

  /** What keeps it from being handed more, although something waits and somebody polls. */
  HeldBackBy heldBackBy() {
    return held.isEmpty() ? HeldBackBy.NOTHING : reason;
  }

  boolean isHeld(Subscriber subscriber) {
    return held.contains(subscriber);
  }

  /** Polls of those who are put aside. */
  long heldPolls() {
    long polls = 0;
    for (Subscriber each : held) {
      polls += each.polls.size();
    }
    return polls;
  }

  /** The gate of a key, if there is anything to know of it. */
  @Nullable KeyGate known(String key) {
    return keys.get(key);
  }

  Map<String, Worker> workers() {
    return workers;
  }
}
